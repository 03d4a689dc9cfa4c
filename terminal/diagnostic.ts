import { withoutKey } from "../world/address.ts";

/** A diagnostic of Terraform, from its machine-readable output. */
export interface Diagnostic {
	readonly severity: "error" | "warning";
	readonly summary: string;
	readonly detail?: string;
	/** Present when it is about one resource instance. */
	readonly address?: string;
	/** Present when it is about a place of the configuration. */
	readonly snippet?: { readonly context?: string | null };
}

/** One line of the output of `terraform init|plan|apply -json`; other fields depend on the type. */
export interface TerraformEvent {
	readonly type: string;
	readonly "@message": string;
	readonly diagnostic?: Diagnostic;
	readonly hook?: {
		readonly resource: { readonly addr: string };
		readonly action?: string;
		readonly elapsed_seconds?: number;
	};
	/** Of a `change_summary`: counts by kind of change, and the name of the operation. */
	readonly changes?: Readonly<Record<string, number | string>>;
	/** Of `outputs`. */
	readonly outputs?: Readonly<Record<string, { readonly action?: string }>>;
}

/** Reads a line; undefined for one that is not an event, such as a provider's stray output. */
export function parseEvent(line: string): TerraformEvent | undefined {
	try {
		return line.startsWith("{") ? (JSON.parse(line) as TerraformEvent) : undefined;
	} catch {
		return undefined;
	}
}

/** `resource.T.N.spec[0]` -> `T.N`; `data.T.N.filter` -> `data.T.N` */
const contextPattern = /^(?:resource\.|((?:data|ephemeral)\.))([^.[]+\.[^.[]+)/;

/** Address of the resource that a diagnostic is about, without instance key; undefined when it is about none. */
export function addressOf({ address, snippet, detail }: Diagnostic): string | undefined {
	if (address) return withoutKey(address);
	const [, mode = "", name] = contextPattern.exec(snippet?.context ?? "") ?? [];
	if (name) return mode + name;
	// This diagnostic has its address in the text only.
	return /^Resource (\S+) has lifecycle.prevent_destroy/.exec(detail ?? "")?.[1];
}
