import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../lab/free-port.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { domain, worldOf } from "./mail-harness.ts";

const able = needs("python3");

/** Prints a document as nested lists: name without namespace, attributes, and text or elements. */
const reader = `
import json, sys, xml.etree.ElementTree as tree
def plain(e):
    return [e.tag.split("}")[-1], e.attrib, [plain(c) for c in e] if len(e) else e.text]
print(json.dumps(plain(tree.fromstring(sys.stdin.buffer.read()))))`;
type Element = [name: string, attributes: Record<string, string>, content: string | Element[]];
const parsed = (text: string): Element =>
	JSON.parse(execFileSync("python3", ["-c", reader], { input: text, encoding: "utf8" }));
const children = ([, , content]: Element): Element[] => (Array.isArray(content) ? content : []);
const named = (element: Element, name: string) => children(element).filter(([found]) => found === name);
const fields = (element: Element) =>
	Object.fromEntries(children(element).map(([name, , text]) => [name, text]));

const second = "second.example";

describe.for([
	["two labels, and another domain", domain, [second]],
	["three labels", "mail-lab.example.org", []],
] as const)("a site whose domain has %s:", ([, own, others]) => {
	const world = worldOf(own, Object.fromEntries(others.map((name) => [name, true])));
	const folder = mkdtempSync(join(tmpdir(), "infra-settings-"));
	let daemon: Daemon;
	let port: number;

	beforeAll(async () => {
		if (!able) return;
		const { command, env, mounts } = new DeployedStack(world, "mailserver").container(
			"deployment",
			"mail-settings",
			"settings",
		);
		const place = (path: string) => join(folder, path);
		for (const [path, files] of Object.entries(mounts)) {
			mkdirSync(place(path), { recursive: true });
			for (const [name, text] of Object.entries(files)) writeFileSync(place(join(path, name)), text);
		}
		port = await freePort();
		const [program = "", ...args] = command.map((word) => (word.startsWith("/") ? place(word) : word));
		daemon = new Daemon(program, args, {
			logFile: place("log"),
			env: { ...env, PATH: process.env.PATH, FOLDER: place(env.FOLDER ?? ""), PORT: String(port) },
		});
		await waitFor(
			"the program answers",
			() =>
				ask("/alive").then(
					({ status }) => status === 200,
					() => false,
				),
			{
				within: 60_000,
				every: 100,
			},
		);
	});
	afterAll(async () => {
		await daemon?.kill();
		rmSync(folder, { recursive: true });
	});

	const ask = async (path: string, options: RequestInit = {}) => {
		const response = await fetch(`http://127.0.0.1:${port}${path}`, options);
		return {
			status: response.status,
			type: response.headers.get("content-type"),
			text: await response.text(),
		};
	};
	const post = (body: string, path = "/autodiscover/autodiscover.xml") => ask(path, { method: "POST", body });
	const schema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
	const question = (address: string, wanted = schema) =>
		`<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
	<Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${wanted}</AcceptableResponseSchema></Request>
</Autodiscover>`;

	test.for(["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"])(
		"Thunderbird reads at %s where to log in, TLS from the first byte before STARTTLS",
		async (path) => {
			const { status, type, text } = await ask(`${path}?emailaddress=me%40${own}`);
			expect([status, type]).toEqual([200, "text/xml; charset=utf-8"]);
			const root = parsed(text);
			expect(root.slice(0, 2)).toEqual(["clientConfig", { version: "1.1" }]);
			const [provider = root] = named(root, "emailProvider");
			expect(named(provider, "domain").map(([, , name]) => name)).toEqual([own, ...others]);
			const server = (port: string, socketType: string) => ({
				hostname: `mail.${own}`,
				port,
				socketType,
				username: "%EMAILADDRESS%",
				authentication: "password-cleartext",
			});
			expect(named(provider, "incomingServer").map(fields)).toEqual([server("993", "SSL")]);
			expect(named(provider, "outgoingServer").map(fields)).toEqual([
				server("465", "SSL"),
				server("587", "STARTTLS"),
			]);
			expect(await ask(path, { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
		},
	);

	test.for([
		[`me@${own}`, `me@${own}`],
		[`ME@${own.toUpperCase()}`, `ME@${own.toUpperCase()}`],
		...others.map((name) => [`me@${name}`, `me@${name}`]),
		// Text that would be markup.
		[`a&amp;b&lt;c&gt;'d"@${own}`, `a&b<c>'d"@${own}`],
		[`<![CDATA[</LoginName>]]>@${own}`, `</LoginName>@${own}`],
		[`%EMAILADDRESS%@${own}`, `%EMAILADDRESS%@${own}`],
	])("Outlook asks for %s and is told its login", async ([asked = "", login]) => {
		const { status, text } = await post(question(asked), "/Autodiscover/Autodiscover.xml");
		expect(status).toBe(200);
		const [response] = children(parsed(text));
		const [account] = response ? children(response) : [];
		const protocols = (account ? named(account, "Protocol") : []).map(fields);
		const common = { Server: `mail.${own}`, LoginName: login, SSL: "on", SPA: "off", AuthRequired: "on" };
		expect(protocols).toMatchObject([
			{ Type: "IMAP", Port: "993", Encryption: "SSL", ...common },
			{ Type: "SMTP", Port: "465", Encryption: "SSL", ...common },
			{ Type: "SMTP", Port: "587", Encryption: "TLS", ...common },
		]);
	});

	const bomb = `<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]>${question(`&y;@${own}`).replace(/^.*\n/, "")}`;

	test.for([
		["an address of another domain", 404, () => post(question("me@example.net"))],
		["an address without a name", 404, () => post(question(`@${own}`))],
		["no address", 404, () => post("<Autodiscover/>")],
		["a phone that wants ActiveSync", 404, () => post(question(`me@${own}`, `${schema}/mobilesync`))],
		["what is no XML", 400, () => post("EMailAddress=me")],
		["a document that breaks off", 400, () => post(question(`me@${own}`).slice(0, -20))],
		["entities", 400, () => post(bomb)],
		["a long text", 413, () => post(question(`${"a".repeat(20_000)}@${own}`))],
		["a question in the address line", 405, () => ask("/autodiscover/autodiscover.xml")],
		["another path", 404, () => ask("/mail/../etc/passwd")],
		["another path to write to", 404, () => post("x", "/mail/config-v1.1.xml")],
		["another method", 501, () => ask("/", { method: "DELETE" })],
	] as const)("%s: %d", async ([, status, attempt]) => {
		expect((await attempt()).status).toBe(status);
	});

	test("a question of no stated length: 411", async () => {
		const status = await new Promise((resolve, reject) => {
			const path = "/autodiscover/autodiscover.xml";
			const sent = request({ host: "127.0.0.1", port, path, method: "POST" }, (response) => {
				response.resume();
				resolve(response.statusCode);
			});
			sent.on("error", reject);
			sent.setHeader("Transfer-Encoding", "chunked");
			sent.end("x");
		});
		expect(status).toBe(411);
	});

	test("nobody's address is in its log, and it ends when it is asked to", async () => {
		await daemon.stop();
		expect(daemon.log).not.toContain("@");
	});
});
