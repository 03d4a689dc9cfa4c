import { expect, test } from "vitest";
import { judge } from "../../../cli/drift/sources/edge.ts";
import { changeEdge, readEdge } from "../../../cli/pfsense/edge-program.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { labRequest, RouterLab } from "../pfsense/router-lab.ts";

needs("root", "ip", "haproxy", "php");

const about = { router: "pfsense", source: "test" };

async function look(lab: RouterLab, wanted = labRequest) {
	return judge(await readEdge(lab.target, wanted), wanted, about);
}

async function change(lab: RouterLab, which: "apply" | "cutOver", request = labRequest) {
	const { digest } = await readEdge(lab.target, request);
	await changeEdge(lab.target, which, request, digest);
}

test("a router is told apart: never applied, not cut over, in order, changed by hand, of other code", async () => {
	const lab = new RouterLab();
	expect(await look(lab)).toMatchObject({
		drifted: [],
		undeployed: 2,
		remarks: [expect.stringContaining("no edge yet"), expect.stringContaining("--cut-over")],
	});
	await lab.deployMail();
	await change(lab, "apply");
	expect(await look(lab)).toMatchObject({
		drifted: [],
		undeployed: 1,
		remarks: [expect.stringContaining("--cut-over")],
	});
	await waitFor(
		"every server has passed its checks",
		async () => (await readEdge(lab.target, labRequest)).problems.cutOver.length === 0,
		{ within: 20_000 },
	);
	await change(lab, "cutOver");
	const whole = lab.config;
	expect(await look(lab)).toEqual({ drifted: [], undeployed: 0, remarks: [] });

	// One number in pfSense's pages.
	const edited = structuredClone(whole);
	edited.installedpackages.haproxy.ha_backends.item[0].client_timeout = "1000";
	lab.config = edited;
	const { drifted = [], undeployed } = await look(lab);
	expect(undeployed).toBe(0);
	expect(drifted).toMatchObject([
		{
			what: "changed",
			address: "edge pfsense: objects of HAProxy",
			arguments: [{ after: { shown: "1000" } }],
		},
	]);
	expect(drifted[0]?.arguments[0]?.path).toMatch(/^frontends\..*client_timeout$/);

	// A redirect to somewhere else, and one that is gone.
	const redirected = structuredClone(whole);
	redirected.nat.rule[0].target = "192.0.2.99";
	redirected.nat.rule.splice(1, 1);
	lab.config = redirected;
	expect((await look(lab)).drifted).toMatchObject([
		{
			what: "changed",
			address: expect.stringContaining("redirect of port"),
			arguments: [{ path: "target", after: { shown: "192.0.2.99" } }],
		},
		{ what: "deleted", address: expect.stringContaining("redirect of port") },
	]);

	// All objects deleted by hand: the router had an edge once.
	const emptied = structuredClone(whole);
	emptied.installedpackages.haproxy.ha_backends.item = [];
	emptied.installedpackages.haproxy.ha_pools.item = [];
	lab.config = emptied;
	expect((await look(lab)).drifted).toMatchObject([
		{ what: "changed", address: "edge pfsense: objects of HAProxy" },
	]);

	// The code has moved on since the last apply.
	lab.config = whole;
	const frontends = labRequest.frontends.map((frontend) => ({
		...frontend,
		desc: "next",
		client_timeout: "2000",
	}));
	const next = judge(
		await readEdge(lab.target, { ...labRequest, frontends }),
		{ ...labRequest, frontends },
		{ ...about, source: "next" },
	);
	expect(next).toMatchObject({
		drifted: [],
		undeployed: 1,
		remarks: [expect.stringContaining("the edge of other code (test)")],
	});
});
