import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compareObject } from "../../../cli/drift/compare-objects.ts";
import { type ApiObject, releaseObjects } from "../../../cli/drift/release-manifest.ts";

/** A revision as Helm stores it. */
function revision(manifest: unknown, version = "1") {
	const packed = gzipSync(JSON.stringify({ name: "web", manifest })).toString("base64");
	return { metadata: { labels: { version } }, data: { release: Buffer.from(packed).toString("base64") } };
}

const names = (secrets: Parameters<typeof releaseObjects>[0]) =>
	releaseObjects(secrets)?.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

describe("the objects of a release", () => {
	test("are those of its newest revision, by number", () => {
		expect(names([revision(map("old"), "9"), revision(map("new"), "10")])).toEqual(["ConfigMap new"]);
	});

	test("are read from any number of documents, empty ones and lists included", () => {
		const list = `kind: List\napiVersion: v1\nitems: [{kind: Secret, apiVersion: v1, metadata: {name: c}}]\n`;
		expect(names([revision(`---\n# Source: x\n---\n${map("a")}---\n${map("b")}---\n${list}`)])).toEqual([
			"ConfigMap a",
			"ConfigMap b",
			"Secret c",
		]);
		expect(names([revision("")])).toEqual([]);
	});

	test("are not known without a revision", () => {
		expect(releaseObjects([])).toBeUndefined();
	});

	test.for<[string, Parameters<typeof releaseObjects>[0][number], RegExp]>([
		["no content", { metadata: {} }, /not packed as Helm packs it/],
		["another packing", { metadata: {}, data: { release: "aGVsbG8=" } }, /not packed as Helm packs it/],
		["no manifest", revision(undefined), /no manifest/],
		["no YAML", revision("a: [b"), /manifest cannot be read/],
	])("are an error with %s", ([, secret, message]) => {
		expect(() => releaseObjects([secret])).toThrow(message);
	});
});

describe("an object", () => {
	const owner = { address: "helm_release.web", path: "redis/web" };
	const object = (kind: string, more: object = {}, metadata: object = {}): ApiObject => ({
		apiVersion: "v1",
		kind,
		metadata: { name: "it", namespace: "shop", ...metadata },
		...more,
	});

	test("does not differ by what the API server keeps", () => {
		const live = object(
			"ConfigMap",
			{ status: { seen: 1 } },
			{ uid: "1", resourceVersion: "9", generation: 3 },
		);
		expect(compareObject(owner, object("ConfigMap"), live)).toBeUndefined();
	});

	test("of an aggregated role does not differ by its rules", () => {
		const role = (rules: object[], more: object = { aggregationRule: {} }) =>
			object("ClusterRole", { rules, ...more });
		expect(compareObject(owner, role([]), role([{ verbs: ["get"] }]))).toBeUndefined();
		expect(compareObject(owner, role([], {}), role([{ verbs: ["*"] }], {}))?.what).toBe("changed");
	});

	test("shows nothing of a Secret", () => {
		const secret = (value: string) => object("Secret", { data: { [value]: value } });
		const difference = compareObject(owner, secret("b25l"), secret("dHdv"));
		expect(difference?.arguments).toEqual([{ path: "data", before: "sensitive", after: "sensitive" }]);
	});

	test.for([
		["PersistentVolumeClaim", "danger"],
		["StatefulSet", "danger"],
		["ConfigMap", "caution"],
	])("of kind %s that is gone is %s", ([kind, risk]) => {
		expect(compareObject(owner, object(kind as string), undefined)).toMatchObject({ what: "deleted", risk });
	});
});
