import { expect, test } from "vitest";
import { changedFields, entryFrom } from "../../../cli/owners/entry-from-options.ts";

const nothing = { namespaces: [], domains: [], quota: [], set: [] };
const email = "a@example.com";

test("an owner without namespaces gets one of their own name", () => {
	expect(entryFrom({ ...nothing, user: "alice", role: "namespace-owner", email })).toEqual({
		role: "namespace-owner",
		email,
		namespaces: ["alice"],
	});
});

test("an administrator gets none", () => {
	expect(entryFrom({ ...nothing, user: "dave", role: "admin", email })).toEqual({ role: "admin", email });
});

test("limits stay text, other fields are read as JSON where they are some", () => {
	const set = ["ci_admin=false", "ci_org_id=3", "pod_security=baseline", "domains=[]"];
	expect(changedFields({ ...nothing, quota: ["pods=30"], set })).toEqual({
		quota: { pods: "30" },
		ci_admin: false,
		ci_org_id: 3,
		pod_security: "baseline",
		domains: [],
	});
});

test("a field that is set to nothing is dropped", () => {
	expect(changedFields({ ...nothing, set: ["quota="] })).toStrictEqual({ quota: undefined });
});

test("another role drops what only an owner has, unless it is given", () => {
	expect(changedFields({ ...nothing, role: "admin", domains: ["shop"] })).toStrictEqual({
		role: "admin",
		namespaces: undefined,
		domains: ["shop"],
		quota: undefined,
		pod_security: undefined,
		ci_org_id: undefined,
	});
});

test.for(["pods", "=3", "memory limits=4Gi"])("a limit written %s is refused", (limit) => {
	expect(() => changedFields({ ...nothing, quota: [limit] })).toThrow(
		expect.objectContaining({
			message: `--quota ${limit}`,
			hint: "expected a field and its value, such as pods=30",
		}),
	);
});
