import { describe, expect, test } from "vitest";
import { allObjects, editByMoves, editByRetype, openMoves } from "../../../cli/state/choose-moves.ts";
import { apiVersionsOf } from "../../../engine/state/rewrite/api-version.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseAddress } from "../../../engine/state/rewrite/object-address.ts";
import type { StateDocument, StateInstance } from "../../../engine/state/rewrite/state-document.ts";

function stateOf(objects: Readonly<Record<string, readonly StateInstance[]>>): StateDocument {
	const resources = Object.entries(objects).map(([address, instances]) => {
		const { key: _, module, ...of } = parseAddress(address);
		return { ...of, ...(module !== undefined && { module }), provider: "p", instances };
	});
	return { version: 4, serial: 1, lineage: "mine", resources };
}

const manifest = (apiVersion: string) => [{ attributes: { manifest: { value: { apiVersion } } } }];
const keyed = [{ index_key: "x" }, { index_key: "y" }];

describe("moves that are left to do", () => {
	const [from, to] = [
		stateOf({ "a.one": [{}], "a.many": keyed }),
		stateOf({ "a.many": [{ index_key: "z" }] }),
	];

	test("are those whose objects are not there yet, object by object", () => {
		const moves = ["a.one", "a.many"].map((address) => ({ from: address, to: address }));
		expect(openMoves(from, to, moves)).toEqual(
			["a.one", 'a.many["x"]', 'a.many["y"]'].map((address) => ({ from: address, to: address })),
		);
	});

	test("are none where the object is at its new address alone", () => {
		expect(openMoves(stateOf({}), from, [{ from: "a.old", to: "a.one" }])).toEqual([]);
		expect(editByMoves(from, [{ from: "a.old", to: "a.one" }])).toBeUndefined();
		expect(editByMoves(from, [{ from: "a.one", to: "a.one" }])).toBeUndefined();
	});

	test("name an object that is nowhere", () => {
		expect(() => editByMoves(from, [{ from: "a.old", to: "a.new" }])).toThrow("a.old is not in the state");
	});

	test("are all objects but what is only read", () => {
		expect(
			allObjects(stateOf({ "a.one": [{}], "data.a.read": [{}], "a.many": keyed })).map(({ to }) => to),
		).toEqual(["a.one", 'a.many["x"]', 'a.many["y"]']);
	});
});

describe("a retype", () => {
	const state = stateOf({
		"kubernetes_secret.a": [{}],
		"module.m.kubernetes_daemonset.b": keyed,
		"kubernetes_secret_v1.c": [{}],
		"data.kubernetes_secret.d": [{}],
		"kubernetes_cron_job.e": [{}],
		"kubernetes_manifest.f": manifest("g.io/v1beta1"),
		"kubernetes_manifest.g": manifest("h.io/v1beta1"),
	});

	test("without addresses is of all objects whose type has a versioned name", () => {
		const edit = editByRetype(state, { addresses: [] });
		expect(edit?.lines).toEqual([
			"kubernetes_secret.a becomes kubernetes_secret_v1.a",
			'module.m.kubernetes_daemonset.b["x"] becomes module.m.kubernetes_daemon_set_v1.b["x"]',
			'module.m.kubernetes_daemonset.b["y"] becomes module.m.kubernetes_daemon_set_v1.b["y"]',
		]);
		expect(edit && objectsOf(edit.document)).toContain("data.kubernetes_secret.d");
		expect(edit && editByRetype(edit.document, { addresses: [] })).toBeUndefined();
	});

	test("of an address that has been retyped has nothing to do", () => {
		const { document } = editByRetype(state, { addresses: ["kubernetes_secret.a"] }) ?? { document: state };
		expect(editByRetype(document, { addresses: ["kubernetes_secret.a"] })).toBeUndefined();
	});

	test("of a type without another name is refused", () => {
		expect(() => editByRetype(state, { addresses: ["kubernetes_cron_job.e"] })).toThrow(
			"kubernetes_cron_job has no other name that is the same implementation",
		);
	});

	test("to a version of an API is of the manifests of that group, or of those that are named", () => {
		const edit = editByRetype(state, { addresses: [], apiVersion: "g.io/v1" });
		expect(edit?.lines).toEqual(["kubernetes_manifest.f is of g.io/v1, not g.io/v1beta1"]);
		expect(edit && apiVersionsOf(edit.document, "kubernetes_manifest.g")).toEqual(["h.io/v1beta1"]);
		expect(edit && editByRetype(edit.document, { addresses: [], apiVersion: "g.io/v1" })).toBeUndefined();
		const foreign = { addresses: ["kubernetes_manifest.g"], apiVersion: "g.io/v1" };
		expect(() => editByRetype(state, foreign)).toThrow("another group (g.io/v1) is another object");
		const unknown = { addresses: ["kubernetes_manifest.x"], apiVersion: "g.io/v1" };
		expect(() => editByRetype(state, unknown)).toThrow("kubernetes_manifest.x is not in the state");
	});
});
