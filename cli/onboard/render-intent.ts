import { styleText } from "node:util";
import type { Site } from "../../config/schema/site.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { table } from "../../terminal/table.ts";
import type { OwnerResource } from "../owners/owner-resources.ts";
import type { Preview } from "./preview.ts";

/** Summary of an onboarding, shown before the only question. */
export function renderIntent(
	{ owner, isNew }: Preview,
	site: Pick<Site, "name" | "network">,
	stacks: readonly string[],
	resources: readonly OwnerResource[],
): string {
	const { key, email, namespaces, domains } = owner;
	const hosts = domains.map((label) => `${label}.${tenantDomain(site)}`);
	return [
		`${styleText("bold", key)}  ${email}  ${isNew ? "new" : "is in the registry already"}`,
		`namespaces  ${namespaces.join(", ")}`,
		`hosts       ${hosts.join(", ") || "-"}`,
		`stacks      ${stacks.join(", ")}`,
		...(resources.length === 0
			? []
			: [
					"",
					table(
						["stack", "has for them", "name"],
						resources.map(({ stack, type, name }) => [stack, type, name]),
					),
				]),
		"",
	].join("\n");
}
