import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";
import { z } from "./zod.ts";

/** Weaknesses that a site may have if it says why, with what follows from each. */
export const risks = {
	"open-pushgateway":
		"Whoever reaches a node writes metrics as any job: an invented success silences the alerts of a backup",
	"unverified-hypervisor":
		"Whoever answers at the address of the hypervisor gets the token that makes and deletes machines and volumes",
	"unverified-state-database":
		"Whoever answers at the address of the state database gets its password, and reads and changes what stacks know",
	"vault-without-tls":
		"Whoever reads along inside the cluster sees tokens and secrets on the way to Vault and from it",
} as const;

export type RiskName = keyof typeof risks;

/** Risks that the site takes, and why that is right there. */
export const acceptedRisks = z.partialRecord(
	z.enum(Object.keys(risks) as [RiskName, ...RiskName[]]),
	z
		.string()
		.trim()
		.min(
			20,
			"expected a reason that a reader can judge, such as who can reach it and what keeps others away",
		),
);

type Facts = Pick<Site, "cluster" | "state" | "storage" | "vault">;

const loopback = /^(localhost|127\..*|::1)$/;

/** Where a site takes a risk: the path of the value, if it does. */
const taken: Readonly<Record<RiskName, (site: Facts) => string | undefined>> = {
	"open-pushgateway": ({ cluster }) =>
		cluster.nodePorts.pushgateway === undefined ? undefined : "cluster.nodePorts.pushgateway",
	"unverified-hypervisor": ({ storage }) =>
		storage.block.proxmox.verifyCertificate ? undefined : "storage.block.proxmox.verifyCertificate",
	"unverified-state-database": ({ state: { tier1 } }) =>
		tier1.kind === "local" || loopback.test(tier1.host) || tier1.sslMode.startsWith("verify-")
			? undefined
			: "state.tier1.sslMode",
	"vault-without-tls": ({ vault }) => (vault.server.kind === "chart" ? "vault.server" : undefined),
};

/** Every risk that the site takes is accepted with a reason, and no other. */
export function* risksAreAccepted(site: Facts & Pick<Site, "acceptedRisks">): Iterable<Problem> {
	for (const [name, where] of Object.entries(taken) as [RiskName, (typeof taken)[RiskName]][]) {
		const path = where(site);
		const accepted = site.acceptedRisks[name] !== undefined;
		if (path !== undefined && !accepted)
			yield {
				path,
				message: `${risks[name]}. Change it, or say under acceptedRisks.${name} why it is right here`,
			};
		if (path === undefined && accepted)
			yield { path: `acceptedRisks.${name}`, message: "the site does not take this risk: drop it" };
	}
}
