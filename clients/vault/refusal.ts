import { VisibleError } from "../../config/schema/visible-error.ts";

/** What was asked, as it is shown: `GET https://vault.example.org/v1/secret/data/platform`. */
export type Question = string;

/** What Vault, or what stands before it, said instead of doing what it was asked. */
export interface RefusalAnswer {
	readonly status: number;
	/** The body, when it is a JSON object. */
	readonly body: Readonly<Record<string, unknown>> | undefined;
	/** Never shown, whatever the body has in it. */
	readonly token: string;
}

/** Vault has answered, and not with what it was asked for. */
export class VaultRefusal extends VisibleError {
	override readonly name = "VaultRefusal";
	readonly status: number;
	/** In Vault's own words. */
	readonly errors: readonly string[];
	/** Vault itself says that there is no such thing: neither a mount that is missing, nor a proxy that knows no Vault. */
	readonly absent: boolean;
	/** What Vault says beside, as of an entry whose newest version is deleted. */
	readonly data: unknown;

	constructor(question: Question, { status, body, token }: RefusalAnswer) {
		const errors = errorsIn(body).map((error) => oneLine(error.replaceAll(token, "<token>")));
		const absent = status === 404 && errors.length === 0 && saysNothing(body);
		const meaning = absent ? "there is no such entry" : meanings[status];
		const words = errors.length > 0 ? ` (${errors.join("; ")})` : "";
		super(`${question} answers ${status}${meaning ? `: ${meaning}` : ""}${words}`);
		this.status = status;
		this.errors = errors;
		this.absent = absent;
		this.data = body?.data;
	}
}

/** What a status means and what to do (Vault, HTTP API, "HTTP status codes"; `sys/health` for standbys). */
const meanings: Readonly<Record<number, string>> = {
	403: 'the token may not do that, or is no longer valid; log in with "vault login"',
	404: "nothing is mounted there, or what answers is no Vault",
	429: "it is asked too often, or is a standby; wait, or name the leader in VAULT_ADDR",
	472: "it is a standby for disasters; name the leader in VAULT_ADDR",
	473: "it is a standby; name the leader in VAULT_ADDR",
	501: 'Vault is not initialised; "vault operator init" does it',
	502: "Vault, or a proxy before it, cannot reach what it needs",
	503: 'Vault is sealed or has no leader; "vault status" says which',
	504: "Vault, or a proxy before it, waits in vain",
};

/** Of one error, in characters. */
const longestError = 300;

function errorsIn(body: RefusalAnswer["body"]): readonly string[] {
	const errors = body?.errors;
	return Array.isArray(errors) ? errors.filter((error) => typeof error === "string") : [];
}

/** An empty list of errors; an entry whose newest version is deleted has data instead. */
function saysNothing(body: RefusalAnswer["body"]): boolean {
	return body !== undefined && (Array.isArray(body.errors) || "data" in body);
}

/** Vault counts its errors and lists them with bullets; a terminal shows no control characters. */
function oneLine(error: string): string {
	const line = error.replace(/[\s\p{Cc}]+/gu, " ").trim();
	return line.replace(/^1 error occurred: \* /, "").slice(0, longestError);
}
