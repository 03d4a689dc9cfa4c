/** One alerting rule of Prometheus. */
export interface AlertRule {
	/** CamelCase name, unique over all stacks. */
	readonly alert: string;
	/** PromQL expression; the alert is active while it returns series. */
	readonly expr: string;
	/** How long it must hold, such as `5m`. */
	readonly for: string;
	readonly severity: "critical" | "warning" | "info";
	/** One sentence for the operator on call; may use templates of Prometheus. */
	readonly summary: string;
}

/** A Prometheus rules file with one group. It is written as JSON, which is YAML too. */
export function renderAlertRules(group: string, rules: readonly AlertRule[]): string {
	const file = {
		groups: [
			{
				name: group,
				rules: rules.map(({ alert, expr, for: duration, severity, summary }) => ({
					alert,
					expr,
					for: duration,
					labels: { severity },
					annotations: { summary },
				})),
			},
		],
	};
	return `${JSON.stringify(file, null, 2)}\n`;
}
