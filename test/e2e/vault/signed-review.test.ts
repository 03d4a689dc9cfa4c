import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
	type ChangesToSign,
	compareWithReview,
	findReview,
	signReview,
} from "../../../cli/review/signed-review.ts";
import type { TransitKey } from "../../../clients/vault/keyed-hash.ts";
import { reviewKey } from "../../../constructs/vault/transit-engine.ts";
import { type ExactChange, exactChanges } from "../../../review/record.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-review-`));
const key: TransitKey = reviewKey;
const today = "2026-11-28";
const secret = "dummy-value-of-a-secret";
let server: VaultServer;

beforeAll(async () => {
	if (!ready) return;
	server = await VaultServer.start(folder);
	await server.makeReviewKey();
	await server.must("POST", "transit/keys/of-somebody-else", {});
	await server.must("PUT", "sys/policies/acl/deploys", {
		policy: 'path "transit/verify/infra-review/*" { capabilities = ["update"] }',
	});
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

const reviewer = () => ({ address: server.address, token: server.rootToken });

/** Who deploys checks signatures, and can make none. */
async function deployer() {
	const { auth } = await server.must("POST", "auth/token/create", { policies: ["deploys"] });
	return { address: server.address, token: auth.client_token as string };
}

const change = (name: string, after: string) => ({
	address: `kubernetes_secret_v1.${name}`,
	change: { actions: ["update"], before: { data: "" }, after: { data: after } },
});
const changesOf = (...changes: object[]) => exactChanges("redis", { resource_changes: changes });

/** Signs the changes of one stack, as a review does. */
const signed = (changes: readonly ExactChange[], until = "2026-12-28", by = key) =>
	signReview(reviewer(), by, {
		commit: "c0ffee",
		until,
		reviews: [{ stack: "redis", changes, accepted: [] } satisfies ChangesToSign],
	});

async function compared(line: string, changes: readonly ExactChange[]) {
	const access = await deployer();
	const { stacks } = await findReview(access, key, line, today);
	const { redis } = stacks;
	if (redis === undefined) throw new Error("no review of the stack");
	return compareWithReview(access, key, redis, { stack: "redis", changes });
}

test("what was reviewed is what is deployed, and the line tells no value", async () => {
	const changes = changesOf(change("a", secret), change("b", "1"));
	const line = await signed(changes);
	expect(Buffer.from(line.split(".")[1] ?? "", "base64url").toString()).not.toContain(secret);
	expect(await compared(`<!-- ${line} -->`, changes)).toBeUndefined();
});

test.for<[what: string, now: object[], expected: object[]]>([
	[
		"a secret",
		[change("a", "other"), change("b", "1")],
		[{ address: "kubernetes_secret_v1.a", how: "other" }],
	],
	[
		"one more",
		[change("a", secret), change("b", "1"), change("c", "")],
		[{ address: "kubernetes_secret_v1.c", how: "new" }],
	],
	["one less", [change("a", secret)], [{ address: "kubernetes_secret_v1.b", how: "missing" }]],
])("a plan that differs by %s is found", async ([, now, expected]) => {
	const line = await signed(changesOf(change("a", secret), change("b", "1")));
	expect(await compared(line, changesOf(...now))).toEqual(expected);
});

test("of a large review only that it differs can be told, in a line that fits into a comment", async () => {
	const many = Array.from({ length: 10_000 }, (_, at) => change(`n${at}`, secret));
	const line = await signed(changesOf(...many));
	expect(line.length).toBeLessThan(2000);
	expect(await compared(line, changesOf(...many))).toBeUndefined();
	expect(await compared(line, changesOf(...many.slice(1)))).toEqual([]);
});

test("the newest review that is signed counts, whatever else is written there", async () => {
	const first = await signed(changesOf(change("a", "1")));
	const second = await signed(changesOf(change("a", "2")));
	const forged = await signed(changesOf(change("a", "3")), "2026-12-28", {
		...key,
		name: "of-somebody-else",
	});
	const text = [first, second, forged, "infra-review-1.nonsense", `${second.slice(0, -4)}AAAA`].join("\n");
	expect(await compared(text, changesOf(change("a", "2")))).toBeUndefined();
});

test("a review that was changed by a letter is not signed", async () => {
	const [prefix = "", body = ""] = (await signed(changesOf())).split(".");
	const { record, signature } = JSON.parse(Buffer.from(body, "base64url").toString());
	const later = { record: { ...record, until: "2099-01-01" }, signature };
	const line = `${prefix}.${Buffer.from(JSON.stringify(later)).toString("base64url")}`;
	await expect(findReview(await deployer(), key, line, today)).rejects.toThrow(
		/none of the reviews is signed/,
	);
});

test("without a review, or after its last day, nothing is deployed", async () => {
	await expect(findReview(await deployer(), key, "no line", today)).rejects.toThrow(
		/there is no signed review/,
	);
	const line = await signed(changesOf(), "2026-11-27");
	await expect(findReview(await deployer(), key, line, today)).rejects.toThrow(/c0ffee ended on 2026-11-27/);
});

test("who deploys signs nothing", async () => {
	const reviews = [{ stack: "redis", changes: [], accepted: [] }];
	await expect(
		signReview(await deployer(), key, { commit: "c0ffee", until: today, reviews }),
	).rejects.toThrow(/403/);
});
