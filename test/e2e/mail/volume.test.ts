import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { waitFor } from "../harness/wait-for.ts";

const script = join(projectRoot, "constructs/mail/scripts/volume.sh");
const root = mkdtempSync(join(tmpdir(), `infra-${process.pid}-volume-`));
afterAll(() => rmSync(root, { recursive: true }));

const server = "lab.example.org";
const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();

/** What can be found on a volume. */
interface Found {
	readonly marks: { readonly mail: Mark; readonly state: Mark };
	readonly mail: "none" | "own" | "foreign";
	readonly state: "none" | "some";
	readonly firstApply: boolean;
}
type Mark = "none" | "own" | "foreign";

const marks = ["none", "own", "foreign"] as const;
const all: readonly Found[] = marks.flatMap((ofMail) =>
	marks.flatMap((ofState) =>
		(["none", "own", "foreign"] as const).flatMap((mail) =>
			(["none", "some"] as const).flatMap((state) =>
				[true, false].map((firstApply) => ({
					marks: { mail: ofMail, state: ofState },
					mail,
					state,
					firstApply,
				})),
			),
		),
	),
);

const domainOf = { own: server, foreign: "example.net" };

function volumeOf({ marks, mail, state }: Omit<Found, "firstApply">): string {
	const folder = mkdtempSync(join(root, "of-"));
	const put = (path: string, text: string) => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	};
	for (const tree of ["mail", "state"] as const) {
		mkdirSync(join(folder, tree));
		const mark = marks[tree];
		if (mark !== "none") put(`${tree}/.infra-server`, `${domainOf[mark]}\n`);
	}
	if (mail !== "none") put(`mail/${domainOf[mail]}/me/cur/1`, "mail");
	// The image makes folders, and a file system its own.
	else mkdirSync(join(folder, "mail/lost+found"));
	if (state === "some") put("state/spool-postfix/pid/master.pid", "1");
	return folder;
}

const variables = (folder: string, firstApply: string) => ({
	PATH: process.env.PATH,
	INFRA_SERVER: server,
	INFRA_DOMAINS: `${server} second.example`,
	INFRA_MAIL_TREE: join(folder, "mail"),
	INFRA_STATE_TREE: join(folder, "state"),
	INFRA_FIRST_APPLY: firstApply,
	INFRA_ASIDE: "kubectl -n mailserver exec deploy/mailserver --",
});

function run(verb: string, folder: string, firstApply: string): string {
	const { status, stdout, stderr } = spawnSync("bash", [script, verb], {
		env: variables(folder, firstApply),
		encoding: "utf8",
	});
	expect(stderr).toBe("");
	expect(status).toBe(0);
	return stdout.trim();
}

const judge = ({ firstApply, ...found }: Found) =>
	run("judge", volumeOf(found), firstApply ? hours(-1) : hours(-3));

describe("the volume of the mail server", () => {
	test("is judged in every state that it can be in", { timeout: 120_000 }, () => {
		const judged = all.map((found) => ({ ...found, decision: judge(found) }));
		const those = (which: (found: Found) => boolean) =>
			judged.filter(which).map(({ decision }) => decision.replace(/^(wait) .*/, "$1"));
		const only = (decision: string, which: (found: Found) => boolean) => {
			const decisions = those(which);
			expect(decisions.length).toBeGreaterThan(0);
			expect([...new Set(decisions)], which.toString()).toEqual([decision]);
		};
		const foreign = ({ marks: { mail, state } }: Found) => [mail, state].includes("foreign");
		const both = ({ marks: { mail, state } }: Found) => mail === "own" && state === "own";
		// Another server's is never taken, nor is anything beside it looked at.
		only("wait", foreign);
		// With both marks it is this server's, whatever else is on it: its users may have deleted everything.
		only("go", both);
		const open = (found: Found) => !foreign(found) && !both(found);
		const unmarked = (found: Found) => open(found) && found.marks.mail === "none";
		only("wait", (found) => unmarked(found) && found.mail === "foreign");
		// A server has run here, and its mailboxes are gone: neither is that the first start.
		only("wait", (found) => unmarked(found) && found.mail === "none" && found.state === "some");
		// Mail and queue from before there were marks, or from such a copy.
		only("mark", (found) => unmarked(found) && found.mail === "own" && found.state === "some");
		only("mark", (found) => open(found) && found.marks.mail === "own" && found.state === "some");
		const half = (found: Found) =>
			open(found) && found.state === "none" && !(unmarked(found) && found.mail === "foreign");
		only("begin", (found) => half(found) && found.firstApply);
		only("wait", (found) => half(found) && !found.firstApply);
		// Every case was named.
		expect(judged).toHaveLength(108);
	});

	test.for<[when: string, time: string, decision: string]>([
		["in two hours", hours(1.9), "begin"],
		["of two hours ago", hours(-1.9), "begin"],
		["long ago", hours(-2.1), "wait"],
		["of a clock that is wrong", hours(2.1), "wait"],
		["that is none", "today", "wait"],
		["that is not there", "", "wait"],
	])("begins empty around the first apply only: %s", ([, time, decision]) => {
		expect(run("judge", empty(), time)).toMatch(new RegExp(`^${decision}`));
	});

	const empty = () => volumeOf({ marks: { mail: "none", state: "none" }, mail: "none", state: "none" });
	const marksOn = (folder: string) =>
		["mail", "state"].map((tree) => {
			const file = join(folder, tree, ".infra-server");
			return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
		});

	/** A start that waits. */
	function waiting(folder: string, firstApply: string): { child: ChildProcess; said: () => string } {
		let output = "";
		const child = spawn("bash", [script, "wait"], { env: variables(folder, firstApply) });
		for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => (output += bytes));
		return { child, said: () => output };
	}

	test("waits on an empty one, says why once, and goes on when an operator takes it", async () => {
		const folder = empty();
		const { child, said } = waiting(folder, hours(-30));
		const ended = once(child, "exit");
		await waitFor("it says how it is taken", () => said().includes("accept\n"), { within: 20_000 });
		expect(said().split("\n")).toEqual([
			expect.stringMatching(/^start-mail: not started: the volume is empty, and this server has run since /),
			expect.stringMatching(/^start-mail: bring the volume back .*: infra restore mail$/),
			`start-mail: or take it as it is: kubectl -n mailserver exec deploy/mailserver -- ${script} accept`,
			"",
		]);
		expect(marksOn(folder)).toEqual([undefined, undefined]);
		expect(run("accept", folder, hours(-30))).toContain(`is that of ${server} from now on`);
		expect(await ended).toEqual([0, null]);
		expect(said().split("\n")).toHaveLength(4);
		expect(marksOn(folder)).toEqual([server, server]);
	});

	test("takes the one that is brought back meanwhile, with its marks or from before there were any", async () => {
		const folders = [empty(), empty()];
		const starts = folders.map((folder) => waiting(folder, hours(-30)));
		const ends = starts.map(({ child }) => once(child, "exit"));
		for (const { said } of starts)
			await waitFor("it waits", () => said().includes("accept\n"), { within: 20_000 });
		for (const [index, mark] of (["own", "none"] as const).entries()) {
			const copy = volumeOf({ marks: { mail: mark, state: mark }, mail: "own", state: "some" });
			for (const tree of ["state", "mail"]) {
				rmSync(join(folders[index] ?? "", tree), { recursive: true });
				renameSync(join(copy, tree), join(folders[index] ?? "", tree));
			}
		}
		for (const end of ends) expect(await end).toEqual([0, null]);
		for (const folder of folders) expect(marksOn(folder)).toEqual([server, server]);
	});

	test("begins a second time where the first was ended between the two marks", () => {
		const folder = volumeOf({ marks: { mail: "none", state: "own" }, mail: "none", state: "none" });
		writeFileSync(join(folder, "mail/.infra-server.part"), "");
		expect(run("judge", folder, hours(-1))).toBe("begin");
		expect(run("wait", folder, hours(-1))).toContain("this is the first apply");
		expect(marksOn(folder)).toEqual([server, server]);
	});

	test("ends at once when it is asked to", async () => {
		const { child, said } = waiting(empty(), hours(-30));
		await waitFor("it waits", () => said().includes("accept\n"), { within: 20_000 });
		child.kill("SIGTERM");
		expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
	});
});
