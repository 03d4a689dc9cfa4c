import { Construct } from "constructs";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";
import { type AlertRule, renderAlertRules } from "./alert-rule.ts";

export interface AlertRulesProps {
	readonly namespace: TieredNamespace;
	/** Name of the group; the ConfigMap is `<group>-alerts`, its file `<namespace>.<group>.rules.yml`. */
	readonly group: string;
	readonly rules: readonly AlertRule[];
}

/**
 * Alert rules in a ConfigMap beside what they watch: Prometheus loads every ConfigMap with the label that the site
 * states.
 */
export class AlertRules extends Construct {
	constructor(scope: Construct, id: string, { namespace, group, rules }: AlertRulesProps) {
		super(scope, id);
		const { key, value } = siteOf(this).monitoring.rulesLabel;
		new ConfigFiles(this, "rules", {
			namespace,
			name: `${group}-alerts`,
			// The loader puts all files into one folder, where files of the same name overwrite each other.
			files: { [`${namespace.literalName}.${group}.rules.yml`]: renderAlertRules(group, rules) },
			labels: { [key]: value },
		});
	}
}
