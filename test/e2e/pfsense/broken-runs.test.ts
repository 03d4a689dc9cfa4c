import { expect, test } from "vitest";
import { changeEdge, type EdgeRequest, readEdge } from "../../../cli/pfsense/edge-program.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { foreign, labRequest, RouterLab } from "./router-lab.ts";

needs("root", "ip", "haproxy", "php");

const edge = ["192.0.2.1:25", "192.0.2.1:465", "192.0.2.1:587", "192.0.2.1:993"];

async function apply(lab: RouterLab, request: EdgeRequest = labRequest): Promise<boolean> {
	const { digest } = await readEdge(lab.target, request);
	return changeEdge(lab.target, "apply", request, digest);
}

/** The same edge for fewer connections, and one that HAProxy refuses. */
const smaller = { ...labRequest, settings: { ...labRequest.settings, maxconn: "10" } };
const refused = { ...labRequest, settings: { ...labRequest.settings, hard_stop_after: "never" } };

test("what HAProxy refuses is never written", async () => {
	const lab = new RouterLab(foreign);
	await expect(apply(lab, refused)).rejects.toThrow(
		/haproxy does not take it, nothing was changed:\n(.*\n)*.*unexpected character 'n' in argument to <hard-stop-after>/,
	);
	expect([lab.config, lab.calls()]).toEqual([foreign, []]);
});

test("when HAProxy does not start, the former objects are in force again", async () => {
	const lab = new RouterLab();
	await apply(lab);
	const { config } = lab;
	lab.fail("start-fails");
	await expect(apply(lab, smaller)).rejects.toThrow(
		/the former objects are in force again:\ncannot bind socket/,
	);
	expect(lab.config).toEqual(config);
	expect(lab.calls().slice(-3)).toEqual([
		"write_config: mail edge applied: taken back",
		"haproxy checked",
		"haproxy reloaded",
	]);
	expect(await readEdge(lab.target, labRequest)).toMatchObject({ interrupted: false });
});

test("when HAProxy starts with neither, the way out is named, and the next change ends it", async () => {
	const lab = new RouterLab();
	await apply(lab);
	lab.fail("start-fails", 2);
	await expect(apply(lab, smaller)).rejects.toThrow(
		expect.objectContaining({
			message: expect.stringContaining("the former objects are not in force again:\ncannot bind socket"),
			hint: expect.stringContaining("Config History"),
		}),
	);
	expect((await readEdge(lab.target, labRequest)).interrupted).toBe(true);
	expect(await apply(lab)).toBe(true);
	expect([(await readEdge(lab.target, labRequest)).interrupted, lab.listening()]).toEqual([false, edge]);
});

test.each(["write-fails", "write-refused"] as const)(
	"when pfSense does not write (%s), nothing has changed",
	async (failure) => {
		const lab = new RouterLab();
		await apply(lab);
		const { config, haproxyFile } = lab;
		lab.fail(failure);
		await expect(apply(lab, smaller)).rejects.toThrow(
			"pfSense did not write its configuration, nothing was changed",
		);
		expect([lab.config, lab.haproxyFile]).toEqual([config, haproxyFile]);
		expect((await readEdge(lab.target, labRequest)).interrupted).toBe(false);
	},
);

test.each(["write_config", "haproxy reloaded"])(
	"a run that is killed after %s is ended by the next one",
	async (call) => {
		const lab = new RouterLab();
		await apply(lab);
		lab.strike("KILL", call);
		await expect(apply(lab, smaller)).rejects.toThrow("the program ended");
		expect((await readEdge(lab.target, smaller)).interrupted).toBe(true);
		lab.calls();
		expect(await apply(lab, smaller)).toBe(true);
		expect(lab.haproxyFile).toContain("maxconn 10\n");
		const { interrupted, previous } = await readEdge(lab.target, smaller);
		expect([interrupted, previous?.objects.settings]).toEqual([false, labRequest.settings]);
		expect([await apply(lab, smaller), lab.listening()]).toEqual([false, edge]);
	},
);

test("a run that is killed before it has written leaves the running edge alone", async () => {
	const lab = new RouterLab();
	await apply(lab);
	const { config } = lab;
	lab.strike("KILL", "haproxy checked");
	await expect(apply(lab, smaller)).rejects.toThrow("the program ended");
	expect([lab.config, lab.listening()]).toEqual([config, edge]);
});

test("a change that is asked to stop goes on to its end, and the HAProxy it starts does stop when asked", async () => {
	const lab = new RouterLab();
	lab.strike("TERM", "write_config");
	expect(await apply(lab)).toBe(true);
	await lab.target.run(["sh", "-c", 'kill -TERM $(cat "$ROUTER_FOLDER/run/haproxy.pid")']);
	await waitFor("HAProxy stops", () => lab.listening().length === 0, { within: 30_000 });
});

test("two changes never run at the same time", async () => {
	const lab = new RouterLab();
	const { digest } = await readEdge(lab.target, labRequest);
	const outcomes = await Promise.allSettled(
		[1, 2, 3].map(() => changeEdge(lab.target, "apply", labRequest, digest)),
	);
	const reasons = outcomes.flatMap((outcome) =>
		outcome.status === "rejected" ? [outcome.reason.message] : [],
	);
	expect(reasons).toHaveLength(2);
	for (const reason of reasons)
		expect(reason).toMatch(/another command is changing|another one than a moment ago/);
	expect(lab.listening()).toEqual(edge);
});

test("a change that was decided on another state is not made", async () => {
	const lab = new RouterLab();
	const { digest } = await readEdge(lab.target, labRequest);
	await apply(lab, smaller);
	await expect(changeEdge(lab.target, "apply", labRequest, digest)).rejects.toThrow(
		"the edge is another one than a moment ago, nothing was changed",
	);
});

test.each([
	["nothing", ""],
	["a list", "[]"],
	["no pools", JSON.stringify({ ...labRequest, pools: undefined })],
	["no prefix, to which everything would belong", JSON.stringify({ ...labRequest, prefix: "" })],
	["all but the end", JSON.stringify(labRequest).slice(0, -9)],
])("a request with %s changes nothing", async (_, text) => {
	const lab = new RouterLab(foreign);
	const cut = { name: "cut", run: (command: readonly string[]) => lab.target.run(command, text) };
	await expect(changeEdge(cut, "apply", labRequest, "")).rejects.toThrow("the request did not arrive whole");
	expect([lab.config, lab.calls()]).toEqual([foreign, []]);
});

test("what lies beside the configuration is not guessed when it cannot be read", async () => {
	const lab = new RouterLab();
	await apply(lab);
	await lab.target.run(["sh", "-c", 'echo "{" >"$ROUTER_FOLDER/conf/infra_mail_edge.previous"']);
	await expect(readEdge(lab.target, labRequest)).rejects.toThrow(/infra_mail_edge.previous cannot be read/);
});

test("a machine without PHP is no pfSense", async () => {
	const bare = { name: "bare", run: async () => ({ code: 127, stdout: "", stderr: "php: not found" }) };
	await expect(readEdge(bare, labRequest)).rejects.toThrow("bare has no php: it is no pfSense");
});
