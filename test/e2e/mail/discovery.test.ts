import { afterAll, beforeAll, expect, test } from "vitest";
import type { Site } from "../../../config/schema/site.ts";
import { autoconfigXml } from "../../../constructs/mail/client-settings.ts";
import { needs } from "../harness/needs.ts";
import { logIn, logInToSieve } from "./mail.ts";
import { domain, MailHarness, me, password, podCommands, sieve, worldOf } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands, "haproxy");

const second = "second.example";
const plainWorld = worldOf(domain, { [second]: true });
const listeners = { ...plainWorld.mail.listeners, sieve };
const world: Site = {
	...plainWorld,
	mail: { ...plainWorld.mail, listeners, accounts: [...plainWorld.mail.accounts, `me@${second}`] },
};

let harness: MailHarness;
let pod: MailPod;
beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness(world);
	pod = await harness.startPod();
	await harness.startEdge();
});
afterAll(async () => {
	await pod?.kill();
	harness?.[Symbol.dispose]();
});

/** What a client does that has found a service. @returns whether it is logged in */
const clients: Readonly<Record<string, (port: number, user: string) => Promise<boolean>>> = {
	_imaps: async (port, user) =>
		/a OK/.test(await (await (await harness.visit(port)).secure()).imap(`LOGIN ${user} ${password}`)),
	_submissions: async (port, user) =>
		/^235/.test(await logIn(await harness.visit(port), { implicit: true, user, password })),
	_submission: async (port, user) =>
		/^235/.test(await logIn(await harness.visit(port), { implicit: false, user, password })),
	_sieve: async (port, user) => /^OK/m.test(await logInToSieve(await harness.visit(port), user, password)),
};

test("every server that mail programs are told takes a login, and none is missing", async () => {
	const told = [...autoconfigXml(world).matchAll(/<port>(\d+)<[\s\S]*?<socketType>(\w+)</g)].map(
		([, port, tls]) => `${port} ${tls}`,
	);
	expect(told).toEqual(["993 SSL", "465 SSL", "587 STARTTLS"]);
	const logins = await Promise.all([
		clients._imaps?.(993, me),
		clients._submissions?.(465, me),
		clients._submission?.(587, me),
	]);
	expect(logins).toEqual([true, true, true]);
});

test.for([domain, second])(
	"the records of %s lead clients to where they log in, and to nothing else",
	async (name) => {
		const user = me.replace(domain, name);
		const found: Record<string, boolean | "none"> = {};
		for (const service of ["_imaps", "_imap", "_submissions", "_submission", "_sieve", "_pop3s", "_pop3"]) {
			const record = harness.deployed.records().find((one) => one.name === `${service}._tcp.${name}`);
			const { port, target } = record?.data ?? {};
			if (target === ".") found[service] = "none";
			else {
				expect(target).toBe(`${world.mail.host}.${domain}`);
				found[service] = (await clients[service]?.(port, user)) ?? false;
			}
		}
		expect(found).toEqual({
			_imaps: true,
			_imap: "none",
			_submissions: true,
			_submission: true,
			_sieve: true,
			_pop3s: "none",
			_pop3: "none",
		});
	},
);
