import { type LockedProvider, lockedProvider } from "./lock-file.ts";

/** A provider and the version to lock. */
export interface Pin {
	/** Address without the registry, such as `hashicorp/vault`. */
	readonly source: string;
	/** Version of the kept schema. */
	readonly version: string;
	/** Constraint of the stacks. */
	readonly constraints: string;
}

const registry = "registry.terraform.io";

/** A lock of exactly these versions. Hashes of other versions are dropped. */
export function pinVersions(locked: readonly LockedProvider[], pins: readonly Pin[]): LockedProvider[] {
	return pins.map(({ source, version, constraints }) => {
		const before = lockedProvider(locked, source);
		return {
			address: before?.address ?? `${registry}/${source}`,
			version,
			constraints,
			hashes: before?.version === version ? before.hashes : [],
		};
	});
}
