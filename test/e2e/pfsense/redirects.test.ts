import { describe, expect, test } from "vitest";
import { changeEdge, type EdgeRequest, readEdge } from "../../../cli/pfsense/edge-program.ts";
import type { EdgeChange } from "../../../cli/pfsense/edge-state.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { labRequest, RouterLab } from "./router-lab.ts";

needs("root", "ip", "haproxy", "php");

const edge = "192.0.2.1";
const ports = [25, 465, 587, 993];
const request = {
	...labRequest,
	redirects: labRequest.redirects.map((redirect) => ({ ...redirect, formerTarget: "mailserver" })),
};

const redirect = (port: number, target = "mailserver", more: object = {}) => ({
	interface: "wan",
	protocol: "tcp",
	destination: { network: "wanip", port: String(port) },
	target,
	"local-port": String(port),
	...more,
});

/** Redirects of others, each of which differs from ours in one thing. */
const others = [
	redirect(25, "mailserver", { interface: "opt1" }),
	redirect(443),
	redirect(25, "mailserver", { protocol: "udp" }),
	redirect(25, "mailserver", { ipprotocol: "inet6" }),
	redirect(25, "mailserver", { disabled: "" }),
];

const ownRedirects = () => ports.map((port) => redirect(port));

function routerWith(rules: readonly object[], more: object = {}): RouterLab {
	return new RouterLab({
		nat: { rule: rules },
		aliases: { alias: [{ name: "mailserver", type: "host", address: "192.0.2.50" }] },
		...more,
	});
}

async function change(lab: RouterLab, name: EdgeChange): Promise<boolean> {
	const { digest } = await readEdge(lab.target, request);
	return changeEdge(lab.target, name, request, digest);
}

/** The edge in force, with mail behind it. */
async function serve(lab: RouterLab): Promise<void> {
	await lab.deployMail();
	await change(lab, "apply");
	await waitFor(
		"servers are up",
		async () => (await readEdge(lab.target, request)).problems.cutOver.length === 0,
		{ within: 15_000, every: 100 },
	);
	lab.calls();
}

const targets = (lab: RouterLab) => lab.config.nat.rule.map(({ target }: { target: string }) => target);

test("P47: mail is forwarded to the edge once and back once, and nothing else is touched", async () => {
	const lab = routerWith([...others, ...ownRedirects()]);
	await serve(lab);
	expect(await change(lab, "cutOver")).toBe(true);
	expect(lab.calls()).toEqual(["write_config: mail forwarded to the edge: 4 rules", "filter_configure"]);
	expect(lab.config.nat.rule).toEqual([...others, ...ports.map((port) => redirect(port, edge))]);
	expect([await change(lab, "cutOver"), lab.calls()]).toEqual([false, []]);

	expect(await change(lab, "revert")).toBe(true);
	expect(lab.calls()).toEqual(["write_config: mail forwarded back: 4 rules", "filter_configure"]);
	expect(lab.config.nat.rule).toEqual([...others, ...ownRedirects()]);
	expect([await change(lab, "revert"), lab.calls()]).toEqual([false, []]);
});

test("a redirect to a third target is shown and left alone", async () => {
	const lab = routerWith([redirect(25, "honeypot"), ...ownRedirects().slice(1)]);
	await serve(lab);
	await change(lab, "cutOver");
	expect(targets(lab)).toEqual(["honeypot", edge, edge, edge]);
	expect((await readEdge(lab.target, request)).redirects[0]).toMatchObject({
		port: 25,
		state: "other",
		target: "honeypot",
	});
});

test("the filter rule that pfSense made for a redirect follows it", async () => {
	const filter = (id: string, address: string) => ({
		"associated-rule-id": id,
		destination: { address, port: "25" },
	});
	const [first = {}, ...rest] = ownRedirects();
	const lab = routerWith([{ ...first, "associated-rule-id": "nat_1" }, ...rest], {
		filter: { rule: [filter("nat_1", "mailserver"), filter("nat_2", "mailserver"), { type: "block" }] },
	});
	await serve(lab);
	await change(lab, "cutOver");
	expect(lab.config.filter.rule).toEqual([
		filter("nat_1", edge),
		filter("nat_2", "mailserver"),
		{ type: "block" },
	]);
	await change(lab, "revert");
	expect(lab.config.filter.rule[0]).toEqual(filter("nat_1", "mailserver"));
});

test("a port that was forwarded nowhere gets a redirect, which goes again", async () => {
	const lab = routerWith([redirect(443)]);
	await serve(lab);
	await change(lab, "cutOver");
	expect(targets(lab)).toEqual(["mailserver", edge, edge, edge, edge]);
	await change(lab, "revert");
	expect(lab.config.nat.rule).toEqual([redirect(443)]);
});

test("P48: mail is not forwarded to an edge whose servers are down", async () => {
	const lab = routerWith(ownRedirects());
	await serve(lab);
	await lab.stopMail();
	await waitFor(
		"HAProxy notices",
		async () => (await readEdge(lab.target, request)).servers.every(({ status }) => status === "DOWN"),
		{ within: 15_000, every: 100 },
	);
	await expect(change(lab, "cutOver")).rejects.toThrow(
		/refused, nothing was changed on the router:\n- server infra_mail_smtp_nodes_ipvANY\/node-\w is not up: DOWN/,
	);
	expect([targets(lab), lab.calls()]).toEqual([Array(4).fill("mailserver"), []]);
});

test("mail is not forwarded to an edge that is not in force", async () => {
	const lab = routerWith(ownRedirects());
	await expect(change(lab, "cutOver")).rejects.toThrow(
		"the edge of the site is not in force here: apply it first",
	);
});

test("P48: mail is not forwarded back to an alias that is gone", async () => {
	const lab = routerWith(ownRedirects());
	await serve(lab);
	await change(lab, "cutOver");
	lab.config = { ...lab.config, aliases: "" };
	await expect(change(lab, "revert")).rejects.toThrow(
		"- port 25 was forwarded to the alias mailserver, which does not exist any more",
	);
	expect(targets(lab)).toEqual(Array(4).fill(edge));
});

test("the objects of an edge that mail is forwarded to do not go away", async () => {
	const lab = routerWith(ownRedirects());
	await serve(lab);
	await change(lab, "cutOver");
	await expect(change(lab, "rollback")).rejects.toThrow(
		"- port 25 is forwarded to 192.0.2.1:25, where nothing would listen: --revert first",
	);
	await change(lab, "revert");
	expect(await change(lab, "rollback")).toBe(true);
	await waitFor("HAProxy stops", () => lab.listening().length === 0, { within: 30_000 });
});

test("a cutover that was killed before the packet filter knew of it is ended by the next one", async () => {
	const lab = routerWith(ownRedirects());
	await serve(lab);
	lab.strike("KILL", "write_config");
	await expect(change(lab, "cutOver")).rejects.toThrow("the program ended");
	lab.calls();
	expect([await change(lab, "cutOver"), lab.calls()]).toEqual([true, ["filter_configure"]]);
	expect([await change(lab, "cutOver"), lab.calls()]).toEqual([false, []]);
});

describe("filter rules for IPv6", () => {
	const address = "2001:db8::10";
	const passes = ports.map((port) => ({ interface: "opt1", port, target: address }));
	const withIpv6: EdgeRequest = { ...request, passes };
	const pass = (port: number, more: object = {}) => ({
		type: "pass",
		interface: "opt1",
		ipprotocol: "inet6",
		statetype: "keep state",
		protocol: "tcp",
		source: { any: "" },
		destination: { address, port: String(port) },
		descr: "infra_mail_pass",
		tracker: expect.stringMatching(/^\d+$/),
		...more,
	});
	const others = [
		{ type: "block", interface: "opt1", descr: "", tracker: "1" },
		pass(25, { descr: "by hand", tracker: "2" }),
	];
	const run = async (lab: RouterLab, name: EdgeChange, wanted = withIpv6) => {
		const { digest } = await readEdge(lab.target, wanted);
		return changeEdge(lab.target, name, wanted, digest);
	};
	const states = async (lab: RouterLab, wanted = withIpv6) =>
		(await readEdge(lab.target, wanted)).passes.map(({ port, state }) => [port, state]);

	test("are made once behind those of others, follow the site, and go again", async () => {
		const lab = routerWith(ownRedirects(), { filter: { rule: others } });
		await serve(lab);
		expect(await states(lab)).toEqual(ports.map((port) => [port, "absent"]));
		expect([await run(lab, "cutOver"), lab.calls()]).toEqual([
			true,
			["write_config: mail forwarded to the edge: 8 rules", "filter_configure"],
		]);
		expect(lab.config.filter.rule).toEqual([...others, ...ports.map((port) => pass(port))]);
		const trackers = lab.config.filter.rule.map(({ tracker }: { tracker: string }) => tracker);
		expect(new Set(trackers).size).toBe(trackers.length);
		expect([await run(lab, "cutOver"), lab.calls()]).toEqual([false, []]);

		// The pages have switched one off, and the site has another address than yesterday.
		const edited = structuredClone(lab.config);
		edited.filter.rule[2].disabled = "";
		lab.config = edited;
		expect(await states(lab)).toEqual([
			[25, "absent"],
			...ports.slice(1).map((port) => [port, "edge"]),
			[25, "stale"],
		]);
		const moved = { ...withIpv6, passes: passes.map((one) => ({ ...one, target: "2001:db8::11" })) };
		expect(await run(lab, "cutOver", moved)).toBe(true);
		expect(lab.config.filter.rule).toEqual([
			...others,
			...ports.map((port) => pass(port, { destination: { address: "2001:db8::11", port: String(port) } })),
		]);

		expect(await run(lab, "revert", moved)).toBe(true);
		expect(lab.config.filter.rule).toEqual(others);
		expect(targets(lab)).toEqual(Array(4).fill("mailserver"));
	});

	test("of a site that has no IPv6 any more go with the next cutover", async () => {
		const lab = routerWith(ownRedirects(), { filter: "" });
		await serve(lab);
		await run(lab, "cutOver");
		expect(await states(lab, request)).toEqual(ports.map((port) => [port, "stale"]));
		expect(await run(lab, "cutOver", request)).toBe(true);
		expect(lab.config.filter.rule).toEqual("");
	});

	test("keep the objects of an edge that they lead to", async () => {
		const lab = routerWith(ownRedirects());
		await serve(lab);
		await run(lab, "cutOver");
		await change(lab, "revert");
		await run(lab, "cutOver", { ...withIpv6, redirects: [] });
		await expect(run(lab, "rollback", { ...withIpv6, redirects: [] })).rejects.toThrow(
			"- port 25 is let in to 2001:db8::10, where nothing would listen: --revert first",
		);
	});
});
