import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A provider as Terraform's dependency lock file holds it. */
export interface LockedProvider {
	/** Full address, such as `registry.terraform.io/hashicorp/vault`: the format knows no other. */
	readonly address: string;
	/** The version that every plan uses. */
	readonly version: string;
	readonly constraints: string;
	/** Checksums of its packages on all platforms in use; empty until they were fetched from a registry. */
	readonly hashes: readonly string[];
}

/** The committed lock. The folder of each stack gets a copy of its part. */
export const lockFile = join(import.meta.dirname, "../.terraform.lock.hcl");

const header = `# Made by \`infra schemas refresh\` (versions) and \`infra providers lock\` (hashes). Every plan uses these providers.
`;

export function readLock(file = lockFile): LockedProvider[] {
	return parseLock(readFileSync(file, "utf8"));
}

/** @throws where a block has no version */
export function parseLock(text: string): LockedProvider[] {
	return [...text.matchAll(/^provider "([^"]+)" \{\n(.*?)^\}/gms)].map(([, address = "", body = ""]) => {
		const value = (name: string) => new RegExp(`^  ${name}\\s*= "([^"]*)"`, "m").exec(body)?.[1];
		const version = value("version");
		if (version === undefined) throw new Error(`${address}: the lock file names no version`);
		const hashes = [...body.matchAll(/^ {4}"([^"]+)",$/gm)].map(([, hash = ""]) => hash);
		return { address, version, constraints: value("constraints") ?? "", hashes };
	});
}

/** The file as Terraform itself formats it. */
export function renderLock(providers: readonly LockedProvider[]): string {
	const blocks = providers
		.toSorted((left, right) => (left.address < right.address ? -1 : 1))
		.map(({ address, version, constraints, hashes }) =>
			[
				`provider "${address}" {`,
				`  version     = "${version}"`,
				`  constraints = "${constraints}"`,
				...(hashes.length === 0 ? [] : ["  hashes = [", ...hashes.map((hash) => `    "${hash}",`), "  ]"]),
				"}\n",
			].join("\n"),
		);
	return [header, ...blocks].join("\n");
}

/** The locked form of a provider by its address without the registry, such as `hashicorp/vault`. */
export function lockedProvider(
	locked: readonly LockedProvider[],
	source: string,
): LockedProvider | undefined {
	return locked.find(({ address }) => address.endsWith(`/${source}`));
}
