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

/** Alerts that live beside what they watch: Prometheus loads every ConfigMap with the site's rules label. */
export class AlertRules extends Construct {
	constructor(scope: Construct, id: string, { namespace, group, rules }: AlertRulesProps) {
		super(scope, id);
		const { key, value } = siteOf(this).monitoring.rulesLabel;
		new ConfigFiles(this, "rules", {
			namespace,
			name: `${group}-alerts`,
			// The loader puts all files into one folder, where a second one of that name would take the place of the first.
			files: { [`${namespace.literalName}.${group}.rules.yml`]: renderAlertRules(group, rules) },
			labels: { [key]: value },
		});
	}
}
