import type { ListedRecord } from "../../../clients/cloudflare/zone-records.ts";
import { textOf } from "../../../constructs/dns/character-strings.ts";
import { addressTypes, type ZoneRecord } from "../../../world/dns-records.ts";
import type { DriftedObject } from "../stack-drift.ts";

/**
 * Records of a zone that no stack declares. One beside a declared record of its name is answered as well, and so gives
 * some of those who ask another answer than the code.
 */
export function unmanagedRecords(
	declared: readonly ZoneRecord[],
	listed: readonly ListedRecord[],
): DriftedObject[] {
	const identity = ({ type, content }: Pick<ListedRecord, "type" | "content">, name: string) =>
		[
			type,
			name.toLowerCase(),
			(type === "TXT" ? textOf(content) : undefined) ??
				// Parts of an SRV record are separated by tabs in some answers of the API.
				(type === "TXT" ? content : content.toLowerCase().replaceAll("\t", " ")),
		].join(" ");
	const known = new Set(declared.map((record) => identity(record, record.name)));
	return listed
		.filter((record) => !known.has(identity(record, record.name)))
		.map((record) => {
			const beside = declared.find(
				(one) => one.name.toLowerCase() === record.name.toLowerCase() && areOneAnswer(one, record),
			);
			return {
				what: "unmanaged" as const,
				address: `dns ${record.type} ${record.name}`,
				...(beside === undefined ? {} : { path: beside.resource.path }),
				risk: beside === undefined ? ("notice" as const) : ("caution" as const),
				arguments: [{ path: "content", before: "absent" as const, after: { shown: contentOf(record) } }],
				consequences:
					beside === undefined
						? []
						: [`${record.name} is also answered with it, beside what ${beside.resource.address} declares`],
				...(record.created_on === undefined ? {} : { since: record.created_on }),
			};
		});
}

/** Whether whoever asks for the one may get the other. */
function areOneAnswer(one: { readonly type: string }, other: { readonly type: string }): boolean {
	return one.type === other.type || (addressTypes.has(one.type) && addressTypes.has(other.type));
}

function contentOf({ type, content, priority, comment }: ListedRecord): string {
	const text = type === "TXT" ? (textOf(content) ?? content) : content;
	return `${priority === undefined ? "" : `${priority} `}${text}${comment ? ` (${comment})` : ""}`;
}
