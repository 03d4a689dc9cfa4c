import { createHash, createPublicKey, verify } from "node:crypto";

/** A header field in the relaxed form of RFC 6376, section 3.4.2, without its line end. */
function relaxed(field: string): string {
	const colon = field.indexOf(":");
	const value = field
		.slice(colon + 1)
		.replace(/\r\n/g, "")
		.replace(/[ \t]+/g, " ")
		.trim();
	return `${field.slice(0, colon).trim().toLowerCase()}:${value}`;
}

/** A body in the relaxed form of section 3.4.4. */
function relaxedBody(body: string): string {
	const text = body.replace(/[ \t]+(?=\r\n)/g, "").replace(/[ \t]+/g, " ");
	return text.replace(/(?:\r\n)*$/, text === "" ? "" : "\r\n");
}

/** The signature of a message. */
export class DkimSignature {
	readonly tags: Readonly<Record<string, string>>;
	readonly #field: string;
	readonly #fields: readonly string[];
	readonly #body: string;

	private constructor(field: string, fields: readonly string[], body: string) {
		this.#field = field;
		this.#fields = fields;
		this.#body = body;
		const list = relaxed(field).slice("dkim-signature:".length).split(";");
		this.tags = Object.fromEntries(
			list.flatMap((tag) => {
				const [, name, value] = /^\s*(\w+)\s*=(.*)$/.exec(tag) ?? [];
				return name === undefined ? [] : [[name, (value ?? "").trim()]];
			}),
		);
	}

	/** @returns undefined when the message carries none */
	static of(message: string): DkimSignature | undefined {
		const text = message.replace(/\r?\n/g, "\r\n");
		const end = text.indexOf("\r\n\r\n");
		const fields = text.slice(0, end).split(/\r\n(?![ \t])/);
		const field = fields.find((line) => /^DKIM-Signature:/i.test(line));
		return field === undefined ? undefined : new DkimSignature(field, fields, text.slice(end + 4));
	}

	/**
	 * Whether it holds for the message, by RSA with SHA-256 over relaxed forms.
	 *
	 * @param record text of the record of its selector
	 */
	holds(record: string): boolean {
		const { b = "", bh = "", h = "" } = this.tags;
		const digest = createHash("sha256").update(relaxedBody(this.#body), "latin1").digest("base64");
		if (digest !== bh.replaceAll(" ", "")) return false;
		const rest = [...this.#fields];
		const signed = h.split(":").flatMap((name) => {
			// Of fields of one name, the last one counts first (section 5.4.2).
			const index = rest.findLastIndex((line) => relaxed(line).startsWith(`${name.trim().toLowerCase()}:`));
			return index < 0 ? [] : rest.splice(index, 1).map(relaxed);
		});
		const own = relaxed(this.#field).replace(/(?<=; ?)b=[^;]*/, "b=");
		const key = /p=([^;]+)/.exec(record.replace(/["\s]/g, ""))?.[1] ?? "";
		return verify(
			"sha256",
			Buffer.from([...signed, own].join("\r\n"), "latin1"),
			createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" }),
			Buffer.from(b.replaceAll(" ", ""), "base64"),
		);
	}
}
