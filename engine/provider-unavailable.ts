import type { Diagnostic } from "../terminal/diagnostic.ts";
import { UsageError } from "../terminal/usage-error.ts";
import type { StackDocument } from "../world/world.ts";

/** The error for a provider that `terraform init` could not install, if the diagnostics report one. */
export function providerUnavailable(
	{ stack, json }: StackDocument,
	diagnostics: readonly Diagnostic[],
): UsageError | undefined {
	for (const { summary, detail = "" } of diagnostics) {
		const [, source] = /\bprovider ([\w.-]+(?:\/[\w.-]+)+):/.exec(detail) ?? [];
		if (!/provider/.test(summary) || source === undefined) continue;
		const [tried = ""] = detail.split("\n\n");
		return new UsageError(
			`stack ${stack}: the provider ${source} ${versionOf(json, source)} cannot be installed\n${tried}`,
			"reach the network, or name a mirror in Terraform's CLI configuration (provider_installation), " +
				"or unpack the provider below ~/.terraform.d/plugins",
		);
	}
	return undefined;
}

function versionOf(json: StackDocument["json"], source: string): string {
	const { required_providers: required = {} } = (json.terraform ?? {}) as {
		required_providers?: Record<string, { source?: string; version?: string }>;
	};
	const found = Object.values(required).find((provider) =>
		provider.source?.toLowerCase().endsWith(source.toLowerCase()),
	);
	return found?.version ?? "";
}
