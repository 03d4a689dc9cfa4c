import type { Site } from "../config/schema/site.ts";
import { fromStackFolder } from "../constructs/stack-folder.ts";
import { stateKeyName, transitMount } from "../constructs/vault/transit-engine.ts";
import type { StackDocument } from "../world/world.ts";
import type { StackFacts } from "./declaration.ts";

/**
 * What is known of a stack's state, in the `//` section of its document, which Terraform does not read: whoever runs the
 * stack has it, whether by this command or by the plain engine.
 */
export interface StateSection {
	/** Name of the site that the state belongs to. */
	readonly site: string;
	/** Folder of the stack's journal, and of an encrypted state; relative to the stack's folder. */
	readonly folder: string;
	/** Absent where the state is not kept encrypted by the command. */
	readonly encryption?: {
		/** Public keys of age. */
		readonly recipients: readonly string[];
	};
	/** Of a state in PostgreSQL: public keys of age for what of it is kept in files; absent where those are in the clear. */
	readonly recipients?: readonly string[];
	/** Absent until Vault is initialised. */
	readonly vault?: {
		readonly address: string;
		/** Mount of the KV engine, which has the locks. */
		readonly kvMount: string;
		/** Key of the transit engine that encrypts the state; absent where the site has none for the stack. */
		readonly key?: { readonly mount: string; readonly name: string };
	};
}

export function stateSection(
	{ name, state, vault }: Pick<Site, "name" | "state" | "vault">,
	{ name: stack, stateTier }: StackFacts,
): StateSection {
	const backend = stateTier === 0 ? state.tier0 : state.tier1;
	// A state in the database has its journal beside those that are files.
	const { directory } = backend.kind === "postgres" ? state.tier0 : backend;
	const key = { mount: transitMount, name: stateKeyName(stack) };
	return {
		site: name,
		folder: fromStackFolder(`${directory}/${stack}`),
		...(backend.kind === "postgres" &&
			state.tier0.kind === "encrypted" && { recipients: state.tier0.recipients }),
		...(backend.kind === "encrypted" && { encryption: { recipients: backend.recipients } }),
		...(backend.kind === "encrypted" &&
			vault.phase !== "server" && {
				vault: {
					address: vault.address,
					kvMount: vault.kvMount,
					...(vault.encryptedStates.includes(stack) && { key }),
				},
			}),
	};
}

/** What a document says of its state; undefined of one that another program has written. */
export function stateSectionOf({ json }: Pick<StackDocument, "json">): StateSection | undefined {
	const comment = json["//"] as { readonly state?: unknown } | undefined;
	return comment?.state as StateSection | undefined;
}
