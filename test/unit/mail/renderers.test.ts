import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { dovecotLocalConf } from "../../../constructs/mail/dovecot/local-conf.ts";
import { mailListeners } from "../../../constructs/mail/listeners.ts";
import { postfixMainCf } from "../../../constructs/mail/postfix/main-cf.ts";
import { postfixServices, renderServices } from "../../../constructs/mail/postfix/services.ts";
import { postfixVirtualCf } from "../../../constructs/mail/postfix/virtual-cf.ts";
import { dkimSigningConf } from "../../../constructs/mail/rspamd/dkim-signing.ts";
import { uploadLimit } from "../../../constructs/mail/webmail.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { mergePatch } from "../../merge-patch.ts";
import { at, testApp } from "../../synth.ts";

const stacks = await loadStacks();

const siteWith = (patch: object = {}): Site => parseSite(mergePatch(lab, patch));
const site = siteWith();

describe("postfix", () => {
	test("never trusts a network: a forged header may claim any address", () => {
		expect(postfixMainCf(site)).toMatch(/^mynetworks =$/m);
	});

	test("shares the cache of its two postscreens", () => {
		expect(postfixMainCf(site)).toContain(
			"postscreen_cache_map = proxy:btree:$data_directory/postscreen_cache\n",
		);
	});

	test("has the same options for submission inside and behind the edge, but for the tag and the header", () => {
		const services = Object.fromEntries(postfixServices(site).map(({ id, options }) => [id, options]));
		for (const [stock, proxied] of [
			["submission/inet", "5587/inet"],
			["submissions/inet", "4465/inet"],
		] as const) {
			const { syslog_name: name, ...inside } = services[stock] ?? {};
			const {
				syslog_name: tag,
				smtpd_upstream_proxy_protocol: protocol,
				smtpd_upstream_proxy_timeout: timeout,
				...outside
			} = services[proxied] ?? {};
			expect(outside).toEqual(inside);
			expect([protocol, timeout]).toEqual(["haproxy", "5s"]);
			expect(tag).toBe(`${name}-haproxy`);
		}
	});

	test("puts another postscreen behind the edge", () => {
		expect(renderServices(postfixServices(site))).toContain(
			"-M\t2525/inet=2525 inet n - n - 1 postscreen\n-P\t2525/inet/syslog_name=haproxy\n",
		);
	});

	test("leads every account to itself before the catch-all takes the rest", () => {
		expect(postfixVirtualCf(site)).toBe(`me@lab.example.org me@lab.example.org
spam@lab.example.org spam@lab.example.org
info@lab.example.org info@lab.example.org
postmaster@lab.example.org me@lab.example.org
team@lab.example.org me@lab.example.org,somebody@example.net
@lab.example.org spam@lab.example.org
`);
	});
});

describe("dovecot", () => {
	test("believes headers from where node-port traffic comes, and from nowhere else", () => {
		expect(dovecotLocalConf(site)).toContain("haproxy_trusted_networks = 192.0.2.0/24 198.51.100.1/32\n");
	});
});

describe("rspamd", () => {
	test("signs for people who have logged in, not for private addresses", () => {
		expect(dkimSigningConf(site)).toContain("sign_authenticated = true;\nsign_local = false;\n");
	});
});

describe("one more listener", () => {
	const more = siteWith({
		mail: {
			listeners: {
				sub2: {
					protocol: "submission",
					publicPort: 2587,
					stockPort: 2587,
					proxyPort: 12587,
					nodePort: 32587,
					checkNodePort: 32588,
					tls: "required",
				},
			},
		},
	});

	test("is in the list with the names of its ports", () => {
		expect(mailListeners(more).at(-1)).toEqual({
			name: "sub2",
			protocol: "submission",
			tls: "required",
			publicPort: 2587,
			stock: { portName: "sub2", port: 2587 },
			proxied: { portName: "sub2-proxy", port: 12587 },
			nodePort: 32587,
			checkNodePort: 32588,
		});
	});

	test("reaches pod, Services, network policy, readiness and Postfix by itself", async () => {
		const app = await testApp(
			stacks.filter(({ name }) => name === "mailserver"),
			more,
		);
		const [document] = app.check().documents;
		const texts = (type: string) =>
			JSON.stringify(
				document?.resources.filter((resource) => resource.type === type).map(({ arguments: given }) => given),
			);
		expect(texts("kubernetes_deployment_v1")).toContain('"container_port":12587,"name":"sub2-proxy"');
		expect(texts("kubernetes_service_v1")).toContain('"node_port":32587');
		expect(texts("kubernetes_service_v1")).toContain('"node_port":32588');
		expect(texts("kubernetes_network_policy_v1")).toContain('"port":"12587"');
		expect(texts("kubernetes_config_map_v1")).toContain("12587 inet n - n - - smtpd");
		const server = document?.resources.find(({ path }) => path === "mailserver/server/deployment/Resource");
		if (server === undefined) throw new Error("there is no mail server");
		expect(at(server, "spec.template.spec.container.0.readiness_probe.exec.command")).toContain("12587");
	});
});

describe("the network policy", () => {
	test("lets only node-port traffic reach the ports that believe headers", async () => {
		const app = await testApp(
			stacks.filter(({ name }) => name === "mailserver"),
			site,
		);
		const policy = app
			.check()
			.documents[0]?.resources.find(({ path }) => path === "mailserver/server/clients/Resource");
		if (policy === undefined) throw new Error("there is no policy");
		const rules = at(policy, "spec.ingress") as { from: object[]; ports: { port: string }[] }[];
		const believing = rules.filter(({ ports }) => ports.some(({ port }) => port === "2525"));
		expect(believing.map(({ from }) => from)).toEqual([
			[{ ip_block: { cidr: "192.0.2.0/24" } }, { ip_block: { cidr: "198.51.100.1/32" } }],
		]);
	});
});

describe("the webmail", () => {
	const MiB = 1024 ** 2;
	const limitWith = (messageSizeLimit: string, memory: string) =>
		uploadLimit(siteWith({ mail: { messageSizeLimit, memory } }));

	test("takes attachments that the server will take as a message, as far as PHP can hold them", () => {
		// Base64 with a line break after 76 characters.
		const asMessage = (bytes: number) => (Math.ceil(bytes / 57) * 78) / MiB;
		expect(asMessage(limitWith("8Mi", "1Gi"))).toBeLessThan(8);
		expect(asMessage(limitWith("8Mi", "1Gi"))).toBeGreaterThan(7.9);
		expect(limitWith("200Mi", "9900Mi")).toBe(10 * MiB);
	});

	test("has the page for filters where the site has a listener for them, by the port for pods", async () => {
		const { listeners } = (
			await import("../../config/valid/mail-listener-for-filters-of-users.json", { with: { type: "json" } })
		).default.patch.mail;
		const app = await testApp(
			stacks.filter(({ name }) => name === "mailserver"),
			siteWith({ mail: { listeners } }),
		);
		const resources = app.check().documents[0]?.resources ?? [];
		const webmail = JSON.stringify(resources.filter(({ path }) => path.startsWith("mailserver/webmail/")));
		expect(webmail).toContain("$config['managesieve_host'] = 'tls://mailserver:4190';");
		expect(webmail).toMatch(/"ROUNDCUBEMAIL_PLUGINS","value":"[^"]*,managesieve"/);
	});
});
