import { gunzipSync } from "node:zlib";
import { parseAllDocuments } from "yaml";
import { jsonObject } from "../../clients/http/exchange.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** An object of the cluster as the API has it. */
export interface ApiObject {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly labels?: Readonly<Record<string, string>>;
		readonly annotations?: Readonly<Record<string, string>>;
		readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
		readonly [key: string]: unknown;
	};
	readonly [key: string]: unknown;
}

/** A Secret in which Helm keeps a revision of a release. */
export interface RevisionSecret {
	readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
	readonly data?: { readonly release?: string };
}

/**
 * The objects that the deployed revision of a release consists of, without hooks; undefined when no revision is.
 *
 * Source: Helm's storage driver for Secrets, which packs JSON with gzip and Base64 and gives it to the Secret as bytes.
 *
 * @param secrets of the release, with the label `status=deployed`
 * @throws VisibleError when the manifest cannot be read
 */
export function releaseObjects(secrets: readonly RevisionSecret[]): ApiObject[] | undefined {
	const revision = ({ metadata }: RevisionSecret) => Number(metadata.labels?.version ?? 0);
	const [newest] = [...secrets].sort((one, other) => revision(other) - revision(one));
	if (newest === undefined) return undefined;
	const manifest = jsonObject(unpack(newest.data?.release ?? ""))?.manifest;
	if (typeof manifest !== "string")
		throw new VisibleError("its revision cannot be read: there is no manifest in it");
	return parseAllDocuments(manifest).flatMap((document) => {
		const [error] = document.errors;
		if (error !== undefined) throw new VisibleError(`its manifest cannot be read: ${error.message}`);
		const object: ApiObject | null = document.toJS();
		return object === null ? [] : object.kind === "List" ? (object.items as ApiObject[]) : [object];
	});
}

function unpack(release: string): string {
	const packed = Buffer.from(Buffer.from(release, "base64").toString("latin1"), "base64");
	try {
		return gunzipSync(packed).toString("utf8");
	} catch {
		throw new VisibleError("its revision cannot be read: it is not packed as Helm packs it");
	}
}
