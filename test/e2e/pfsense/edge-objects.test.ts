import { expect, test } from "vitest";
import { changeEdge, readEdge } from "../../../cli/pfsense/edge-program.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { edgePrefix } from "../../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../../constructs/pfsense/edge-objects.ts";
import { needs } from "../harness/needs.ts";
import { directives } from "./directives.ts";
import { foreign, labEdge, labRequest, RouterLab } from "./router-lab.ts";

needs("root", "ip", "haproxy", "php");

const applied = (lab: RouterLab, request = labRequest) =>
	readEdge(lab.target, request).then(({ digest }) => changeEdge(lab.target, "apply", request, digest));

test("P25: HAProxy with the objects of the edge listens at the address of the edge and nowhere else", async () => {
	const lab = new RouterLab();
	expect(await applied(lab)).toBe(true);
	expect(lab.listening()).toEqual(["192.0.2.1:25", "192.0.2.1:465", "192.0.2.1:587", "192.0.2.1:993"]);
});

test("P49: the package makes of the objects what the renderer makes of the model, directive for directive", async () => {
	const lab = new RouterLab();
	await applied(lab);
	const rendered = renderHaproxyCfg(labEdge.haproxy)
		// pfSense has no standard output for logs.
		.replace(/^ +log stdout .*\n/m, "")
		.replace(/infra_mail_\w+_nodes/g, "$&_ipvANY");
	expect(directives(lab.haproxyFile)).toEqual(directives(rendered));
});

test("P25, P49: with an IPv6 address it listens there, too, directive for directive as rendered", async () => {
	const lab = new RouterLab();
	lab.addIpv6("2001:db8::10");
	const ips = ["192.0.2.1", "2001:db8::10"];
	const both = {
		...labEdge,
		haproxy: {
			...labEdge.haproxy,
			frontends: labEdge.haproxy.frontends.map((frontend) => ({ ...frontend, ips })),
		},
	};
	await applied(lab, { ...pfsenseEdge(both, edgePrefix, "test"), replace: [] });
	expect(lab.listening().sort()).toEqual(
		["192.0.2.1", "[2001:db8::10]"].flatMap((ip) => [25, 465, 587, 993].map((port) => `${ip}:${port}`)),
	);
	const binds = directives(renderHaproxyCfg(both.haproxy))["frontend infra_mail_smtp"];
	expect(directives(lab.haproxyFile)["frontend infra_mail_smtp"]).toEqual({
		...binds,
		default_backend: "infra_mail_smtp_nodes_ipvANY",
	});
});

test("P46: a second time changes nothing, and objects of others stay as they are", async () => {
	const lab = new RouterLab(foreign);
	await applied(lab);
	const { config } = lab;
	expect(lab.calls()).toEqual([
		"haproxy checked",
		"write_config: mail edge applied",
		"haproxy checked",
		"haproxy reloaded",
	]);
	expect(await applied(lab)).toBe(false);
	expect([lab.config, lab.calls()]).toEqual([config, []]);
	const { ha_pools, ha_backends } = config.installedpackages.haproxy;
	expect([ha_pools.item[0], ha_backends.item[0]]).toEqual([
		foreign.installedpackages.haproxy.ha_pools.item[0],
		foreign.installedpackages.haproxy.ha_backends.item[0],
	]);
});

test("what an earlier edge left behind goes, what the pages changed comes back", async () => {
	const lab = new RouterLab();
	await applied(lab);
	const { config } = lab;
	const edited = lab.config;
	edited.installedpackages.haproxy.ha_pools.item[0].checkinter = "120000";
	edited.installedpackages.haproxy.ha_backends.item.push({
		...edited.installedpackages.haproxy.ha_backends.item[0],
		name: "infra_mail_pop3",
		status: "disabled",
	});
	lab.config = edited;
	expect(await applied(lab)).toBe(true);
	expect(lab.config).toEqual(config);
});

const legacy = {
	name: "mailserver_proxy_25",
	status: "active",
	type: "tcp",
	backend_serverpool: "infra_mailbox",
	// No interface of pfSense: HAProxy listens everywhere.
	a_extaddr: { item: [{ extaddr: "192.0.2.1", extaddr_port: "25" }] },
};

function withLegacy() {
	const config = structuredClone(foreign);
	config.installedpackages.haproxy.ha_backends.item.push(legacy as never);
	return config;
}

test("a frontend of somebody else at the same port has to be named before it goes, and a rollback brings it back", async () => {
	const lab = new RouterLab(withLegacy());
	await expect(applied(lab)).rejects.toThrow(
		/refused.*\n- frontend mailserver_proxy_25 listens on \*:25, too: --replace mailserver_proxy_25/,
	);
	const request = { ...labRequest, replace: ["mailserver_proxy_25"] };
	expect(await applied(lab, request)).toBe(true);
	const names = () =>
		lab.config.installedpackages.haproxy.ha_backends.item.map(({ name }: typeof legacy) => name);
	expect(names()).not.toContain("mailserver_proxy_25");
	const rollBack = async () => {
		const { digest } = await readEdge(lab.target, labRequest);
		return changeEdge(lab.target, "rollback", labRequest, digest);
	};
	await rollBack();
	expect(names()).toEqual(["not_infra_mail_web", "mailserver_proxy_25"]);
	await rollBack();
	expect(names()).toEqual([
		"not_infra_mail_web",
		"infra_mail_smtp",
		"infra_mail_smtps",
		"infra_mail_sub",
		"infra_mail_imaps",
	]);
});
