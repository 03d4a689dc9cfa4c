import { expect, test } from "vitest";
import { changeEdge, readEdge } from "../../../cli/pfsense/edge-program.ts";
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
	expect(lab.calls()).toEqual(["write_config: mail forwarded to the edge: 4 redirects", "filter_configure"]);
	expect(lab.config.nat.rule).toEqual([...others, ...ports.map((port) => redirect(port, edge))]);
	expect([await change(lab, "cutOver"), lab.calls()]).toEqual([false, []]);

	expect(await change(lab, "revert")).toBe(true);
	expect(lab.calls()).toEqual(["write_config: mail forwarded back: 4 redirects", "filter_configure"]);
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
	await waitFor("HAProxy stops", () => lab.listening().length === 0, { within: 5000 });
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
