import { randomUUID } from "node:crypto";
import { defined } from "../../config/schema/defined.ts";

/** Content of a record as in the API. */
export interface RecordContent {
	readonly name: string;
	readonly type: string;
	readonly content: string;
	readonly ttl: number;
	readonly proxied: boolean;
	readonly priority?: number;
	/** Parts of an SRV record. */
	readonly data?: ServiceData;
	readonly comment?: string | null;
}

interface ServiceData {
	readonly priority: number;
	readonly weight: number;
	readonly port: number;
	readonly target: string;
}

export interface StoredRecord extends RecordContent {
	readonly id: string;
	readonly created_on: string;
	readonly modified_on: string;
}

/** Error of the API: code and message. */
export class Refusal extends Error {
	readonly status: number;
	readonly code: number;

	constructor(status: number, code: number, message: string) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

const proxiable = new Set(["A", "AAAA", "CNAME"]);
const types = new Set([...proxiable, "CAA", "MX", "NS", "SRV", "TXT"]);

/** The records of one zone, with the validation of the API. */
export class Zone {
	readonly id: string;
	readonly name: string;
	readonly #records = new Map<string, StoredRecord>();

	constructor(id: string, name: string) {
		this.id = id;
		this.name = name;
	}

	get records(): readonly StoredRecord[] {
		return [...this.#records.values()];
	}

	/** @throws Refusal 81044 when there is none */
	record(id: string): StoredRecord {
		const record = this.#records.get(id);
		if (record === undefined) throw new Refusal(404, 81044, "Record does not exist.");
		return record;
	}

	/** Adds a record, or replaces the one with the id. @throws Refusal when the API would refuse it */
	put(given: unknown, id?: string): StoredRecord {
		const before = id === undefined ? undefined : this.record(id);
		const content = this.#parse(given);
		this.#refuseConflicts(
			content,
			this.records.filter((other) => other !== before),
		);
		const now = new Date().toISOString();
		const stored: StoredRecord = {
			...content,
			id: before?.id ?? randomUUID().replaceAll("-", ""),
			created_on: before?.created_on ?? now,
			modified_on: now,
		};
		this.#records.set(stored.id, stored);
		return stored;
	}

	/** @throws Refusal when there is none */
	remove(id: string): void {
		this.record(id);
		this.#records.delete(id);
	}

	#parse(given: unknown): RecordContent {
		const {
			name,
			type,
			data,
			ttl = 1,
			proxied = false,
			priority,
			comment = null,
		} = (given ?? {}) as Partial<RecordContent>;
		const content = type === "SRV" ? serviceOf(data) : (given as Partial<RecordContent>).content;
		if (typeof type !== "string" || !types.has(type))
			throw new Refusal(400, 9004, `DNS Record type ${type} is invalid.`);
		if (typeof name !== "string" || (name !== this.name && !name.endsWith(`.${this.name}`)))
			throw new Refusal(400, 9000, "DNS name is invalid.");
		if (typeof content !== "string" || content === "")
			throw new Refusal(400, 9007, `Content for ${type} record is invalid.`);
		if (ttl !== 1 && (ttl < 60 || ttl > 86_400))
			throw new Refusal(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.");
		if (proxied && !proxiable.has(type)) throw new Refusal(400, 9004, "This record type cannot be proxied.");
		if (type === "MX" && typeof priority !== "number")
			throw new Refusal(400, 9020, "priority is a required field.");
		return {
			name,
			type,
			content,
			ttl,
			proxied,
			comment,
			...defined({ priority: data?.priority ?? priority, data }),
		};
	}

	#refuseConflicts({ name, type, content }: RecordContent, others: readonly StoredRecord[]): void {
		const same = others.filter((other) => other.name === name);
		if (same.some((other) => other.type === type && other.content === content))
			throw new Refusal(400, 81058, "An identical record already exists.");
		if (type === "CNAME" ? same.length > 0 : same.some((other) => other.type === "CNAME"))
			throw new Refusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
	}
}

/** Content of an SRV record, which the API makes of its parts. */
function serviceOf(data: ServiceData | undefined): string | undefined {
	const { priority, weight, port, target } = data ?? {};
	return [priority, weight, port].every((part) => typeof part === "number") && target
		? `${weight} ${port} ${target}`
		: undefined;
}

/** A record as the API returns it. */
export const toAnswer = (record: StoredRecord) => ({
	...record,
	proxiable: proxiable.has(record.type),
	settings: {},
	meta: {},
	tags: [],
});
