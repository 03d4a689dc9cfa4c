import { stripVTControlCharacters } from "node:util";
import { marked } from "marked";
import { describe, expect, test } from "vitest";
import { renderReview } from "../../../cli/review/render-review.ts";
import { documentOfReview, reviewDocument, reviewSchema } from "../../../review/report/document.ts";
import { renderHtml } from "../../../review/report/html.ts";
import { renderJunit } from "../../../review/report/junit.ts";
import { commentBudget, renderMarkdown } from "../../../review/report/markdown.ts";
import { type Review, verdictOf } from "../../../review/report/review.ts";
import { renderSarif } from "../../../review/report/sarif.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import { worldOf } from "../../policy/world.ts";
import { create, destroy, planned, resource, update } from "./planned.ts";

type Plan = Parameters<typeof planned>[0];

function reviewOf(...plans: readonly Plan[]): Review {
	const stacks = plans.map((plan) => {
		const { summary, ...one } = planned(plan);
		// Storage is the stack that is told of exports.
		const named = plan.after?.beside === undefined ? summary : { ...summary, stack: "storage" };
		return {
			summary: named,
			findings: reviewStack({ ...one, summary: named }),
			failed: one.errors.length > 0,
		};
	});
	return { site: "lab", revision: "0123abc", plannedAt: "2026-11-28T01:00:00.000Z", stacks };
}

const claim = "kubernetes_persistent_volume_claim_v1.data";
const bad = reviewOf({ resource_changes: [destroy(claim), create("terraform_data.a", { input: "x" })] });

/** Text that would do something in a comment, a terminal or a document if it were taken as it is. */
const hostile = [
	"</summary></details><script>alert(1)</script><img src=x onerror=alert(1)>",
	"@everyone look at #1 and !2, https://evil.example www.evil.example",
	"[click](https://evil.example) ![x](https://evil.example/x.png) | a | b |",
	"```\n<details open>\n~~~\n````\n# Heading\n- [x] accepted",
	"`code` **bold** _it_ \\` <!-- infra-review lab -->",
	"\u001b[2J\u202e]]>\u0000&amp;",
];

const hostilePlan: Plan = {
	resource_changes: hostile.flatMap((text) => [
		{ ...destroy(`a.b["${text}"]`), previous_address: text },
		update(`c.d["${text}"]`, { text, [text]: 1 }, { text: `${text}\n${text}`, [text]: text }),
		resource(`e.f["${text}"]`, [text]),
	]),
	warnings: hostile.map((text) => ({ summary: text, detail: text, address: text })),
	errors: hostile.map((text) => ({ summary: text, detail: text })),
};
const hostileReview = reviewOf(
	hostilePlan,
	besides(Object.fromEntries(hostile.map((text) => [text, `${text}\n${text}\n`]))),
);

/** Worlds that differ in the exports of the NFS server, which no plan shows. */
function besides(texts: Readonly<Record<string, string>>): Pick<Plan, "before" | "after"> {
	return {
		before: { ...worldOf({}), beside: { exports: { exports: "/a 10.0.0.0/8(ro)\n/b 10.0.0.0/8(ro)\n" } } },
		after: { ...worldOf({}), beside: { exports: texts } },
	};
}

describe("a comment", () => {
	test("says the most important in three lines, and folds the rest", () => {
		const text = renderMarkdown(bad);
		expect(text.split("\n").slice(0, 4)).toEqual([
			"<!-- infra-review lab -->",
			"**danger**: 1 to create, 1 to destroy; 1 of 1 stacks to look at  ",
			"1 data-lost; **1 must be accepted**  ",
			"Site lab, revision `0123abc`, planned at 2026\\-11\\-28T01:00:00\\.000Z",
		]);
		expect(text).toContain(`<details><summary>1 finding</summary>

- **danger** data-lost, \`${claim}\`: is deleted: its volume is deleted with it
</details>`);
		expect(text).toContain(`destroy \`${claim}\` \`(no longer declared)\` (data-lost)`);
		expect(text).toContain('```diff\n  input: "x"\n```');
	});

	test("of plans without findings says what routine means, and of no changes nothing", () => {
		expect(renderMarkdown(reviewOf({ resource_changes: [create("terraform_data.a", {})] }))).toContain(
			"**routine**: 1 to create; 1 of 1 stacks to look at  \nRoutine: that is the shape of the plans, no verdict of safety",
		);
		expect(renderMarkdown(reviewOf({}))).toBe(`<!-- infra-review lab -->
**unchanged**: no changes; 0 of 1 stacks to look at  
Nothing to look at  
Site lab, revision \`0123abc\`, planned at 2026\\-11\\-28T01:00:00\\.000Z
`);
	});

	test("shows a text by the lines that differ", () => {
		const script = (word: string) => ({ input: `one\ntwo\n${word}\nfour\nfive\nsix\n` });
		const text = renderMarkdown(
			reviewOf({ resource_changes: [update("terraform_data.a", script("three"), script("3"))] }),
		);
		expect(text).toContain(
			"```diff\n  input:\n    @@ -1,5 +1,5 @@\n     one\n     two\n-    three\n+    3\n     four\n     five\n```",
		);
	});

	test("shows what no plan shows, the exports of the server, by the lines that differ", () => {
		const review = reviewOf(besides({ exports: "/a 10.0.0.0/8(ro)\n/b 10.0.0.0/8(rw)\n" }));
		expect(renderMarkdown(review)).toContain(
			`- **caution** outside-terraform, \`storage\`: the exports of the NFS server change

\`\`\`diff
  exports:
    @@ -1,2 +1,2 @@
     /a 10.0.0.0/8(ro)
-    /b 10.0.0.0/8(ro)
+    /b 10.0.0.0/8(rw)
\`\`\``,
		);
		expect(renderHtml(review)).toContain('<span class="added">  +/b 10.0.0.0/8(rw)</span>');
		expect(stripVTControlCharacters(renderReview(review, { short: false }))).toContain(
			"      -/b 10.0.0.0/8(ro)\n",
		);
		expect(renderReview(review, { short: true })).not.toContain("/b");
		const [stack] = documentOfReview(review).stacks;
		expect(
			stack?.findings.find(({ message }) => message === "the exports of the NFS server change")?.texts,
		).toEqual([
			{
				path: "exports",
				before: { value: "/a 10.0.0.0/8(ro)\n/b 10.0.0.0/8(ro)\n" },
				after: { value: "/a 10.0.0.0/8(ro)\n/b 10.0.0.0/8(rw)\n" },
			},
		]);
	});

	test("does not exceed its budget with 10,000 changes, and counts what it leaves out", () => {
		const many = (length: number) =>
			reviewOf(
				{
					resource_changes: Array.from({ length }, (_, index) =>
						index % 2 === 0
							? update(`terraform_data.a${index}`, { input: "ä".repeat(200) }, { input: "ö".repeat(index) })
							: destroy(`kubernetes_persistent_volume_claim_v1.data${index}`),
					),
				},
				{ resource_changes: [destroy("vault_mount.kv")] },
			);
		const text = renderMarkdown(many(10_000));
		expect(Buffer.byteLength(text)).toBeLessThanOrEqual(commentBudget);
		expect(Buffer.byteLength(text)).toBeGreaterThan(commentBudget / 2);
		expect(text).toContain("5001 data-lost");
		expect(text).toMatch(/Not shown here for its length: \d+ more findings and \d+ more changes\./);
		expect(Buffer.byteLength(renderMarkdown(many(10)))).toBeLessThan(10_000);
	});

	test("lets no text from outside be mark-up, a mention, a reference or a link", () => {
		const text = renderMarkdown(hostileReview);
		const html = marked.parse(text, { async: false, gfm: true });
		const tags = new Set([...html.matchAll(/<(\/?[a-z!][\w-]*)/gi)].map(([, tag]) => tag));
		expect([...tags].toSorted()).toEqual(
			[
				..."/code /details /li /p /pre /strong /summary /ul".split(" "),
				..."br code details li p pre strong summary ul".split(" "),
				"!--",
			].toSorted(),
		);
		expect(html.match(/<!--/g)).toHaveLength(1);
		// What is left outside of code is what a forge looks at for mentions and references.
		const prose = html.replaceAll(/<code[^>]*>.*?<\/code>/gs, "");
		expect(prose).not.toMatch(/@[a-z]|#\d|https?:\/\/|www\./);
		expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
	});
});

test("the document for machines keeps to its schema", () => {
	for (const review of [bad, hostileReview, { ...bad, revision: undefined }]) {
		const document = JSON.parse(JSON.stringify(documentOfReview(review)));
		expect(reviewDocument.parse(document)).toEqual(document);
	}
	expect(documentOfReview(bad)).toMatchObject({
		version: 2,
		verdict: "danger",
		stacks: [{ stack: "first" }],
	});
	expect(reviewSchema()).toMatchObject({
		$schema: "https://json-schema.org/draft/2020-12/schema",
		additionalProperties: false,
		required: ["version", "site", "revision", "plannedAt", "verdict", "stacks"],
	});
});

test("nothing that is sensitive is in any of them", () => {
	const secret = "correct-horse-battery";
	const review = reviewOf({
		resource_changes: [
			update(
				"kubernetes_secret_v1.a",
				{ data: { key: secret }, note: `the key is ${secret}` },
				{ data: { key: `${secret}-2` }, note: `the key is ${secret}-2` },
				{ before_sensitive: { data: true }, after_sensitive: { data: true } },
			),
		],
		resource_drift: [update("a.b", { note: secret }, { note: `${secret}-2` })],
		output_changes: { login: { actions: ["create"], before: null, after: secret } },
	});
	const written = [documentOfReview(review), renderSarif(review)].map((one) => JSON.stringify(one));
	for (const text of [...written, renderMarkdown(review), renderJunit(review), renderHtml(review)]) {
		expect(text).toContain("secret-rotates");
		expect(text).not.toContain(secret);
	}
});

test("a log of SARIF has a rule and a place for each result", () => {
	const { runs, version } = renderSarif(reviewOf(hostilePlan)) as {
		version: string;
		runs: {
			tool: { driver: { rules: { id: string }[] } };
			results: { ruleId: string; ruleIndex: number; level: string; locations: object[] }[];
		}[];
	};
	expect(version).toBe("2.1.0");
	const [run] = runs;
	expect(run?.results.length).toBeGreaterThan(10);
	for (const { ruleId, ruleIndex, level, locations } of run?.results ?? []) {
		expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
		expect(["error", "warning", "note"]).toContain(level);
		expect(locations).toMatchObject([
			{ physicalLocation: { artifactLocation: { uri: "stacks/first/first-stack.ts" } } },
		]);
	}
});

test("a report of JUnit fails the classes that must be accepted, and is well-formed", () => {
	const text = renderJunit(bad);
	expect(text).toContain('<testsuite name="first" tests="26" failures="1" errors="0" skipped="0">');
	expect(text).toContain(`<testcase classname="first" name="data-lost">
      <failure message="1 must be accepted">danger: ${claim}: is deleted: its volume is deleted with it</failure>`);
	expect(text).toContain('<testcase classname="first" name="drifted"/>');
	const hostileText = renderJunit(hostileReview);
	expect(hostileText).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
	expect(
		hostileText.replaceAll(/<\/?(?:testsuites?|testcase|failure|system-out|\?xml)[^<>]*>/g, ""),
	).not.toMatch(/[<>]/);
});

test("a page takes no text from outside as mark-up, and loads and runs nothing of others", () => {
	const html = renderHtml(hostileReview);
	const tags = new Set([...html.matchAll(/<([a-z][\w-]*)/gi)].map(([, tag]) => tag));
	expect([...tags].toSorted()).toEqual(
		"article body code footer form h1 h2 head html input label meta output p pre script section span strong style title"
			.split(" ")
			.toSorted(),
	);
	expect(html.match(/<script/g)).toHaveLength(1);
	expect(html).toContain("default-src 'none'");
	expect(html).not.toMatch(/ (?:href|src|on[a-z]+)="/);
	expect(renderHtml(bad)).toContain('<article data-risk="danger">\n<p><strong>destroy</strong>');
});

test("a stack without a plan is not said to have no changes", () => {
	const review = reviewOf({ errors: [{ summary: "no" }] }, {});
	expect(documentOfReview(review).stacks.map((one) => one.planned)).toEqual([false, true]);
	expect(renderMarkdown(review)).toContain(
		"**failure**: 1 of 2 stacks not planned; 1 of 2 stacks to look at",
	);
	expect(renderHtml(review)).toContain("<h2>first: not planned</h2>");
});

test("a verdict is the worst finding, else whether anything changes", () => {
	const verdicts = [
		bad,
		reviewOf({ resource_changes: [create("a.b", {})] }),
		reviewOf({ output_changes: { a: { actions: ["create"] } } }),
		reviewOf({}),
		reviewOf({ errors: [{ summary: "no" }] }),
	].map(({ stacks }) => verdictOf(stacks));
	expect(verdicts).toEqual(["danger", "routine", "routine", "unchanged", "failure"]);
});
