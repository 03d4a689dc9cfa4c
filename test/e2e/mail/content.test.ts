import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { since } from "../harness/wait-for.ts";
import { greet, leastWait, send } from "./mail.ts";
import { domain, info, MailHarness, me, password, podCommands, spam } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands);

const stranger = "stranger@example.net";
let harness: MailHarness;
let pod: MailPod;

beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness();
	pod = await harness.startPod();
});
afterAll(() => harness?.[Symbol.dispose]());

/** Port 25 of the pod. @param address claimed by a header, on the port that demands one; that of a pod without it */
async function mailExchanger(address?: string) {
	const server = await harness.inside(pod, address ? 2525 : 25);
	if (address) server.write(`PROXY TCP4 ${address} 203.0.113.1 1234 25\r\n`);
	return server;
}

/** Seconds until the greeting is complete. */
async function greetingTime(address?: string): Promise<number> {
	const server = await mailExchanger(address);
	await greet(server);
	server.close();
	return since(server.start) / 1000;
}

/** Changes parameters of Postfix for a while. */
async function withParameters(parameters: readonly string[], action: () => Promise<void>): Promise<void> {
	pod.run("cp", "-p", "/etc/postfix/main.cf", "/tmp/main.cf");
	try {
		pod.run("postconf", ...parameters);
		await pod.reloadPostfix();
		await action();
	} finally {
		pod.run("cp", "-p", "/tmp/main.cf", "/etc/postfix/main.cf");
		await pod.reloadPostfix();
	}
}

/** Reply of Dovecot to a login. */
async function logIn(user: string, secret = password) {
	const server = await (await harness.inside(pod, 993)).secure();
	const reply = await server.imap(`LOGIN ${user} ${secret}`);
	server.close();
	return /a (OK|NO)/.exec(reply)?.[1];
}

const deliver = async (to: string, body: string) => {
	const server = await mailExchanger();
	await greet(server);
	expect(await send(server, { from: stranger, to, body })).toMatch(/^250/);
	// Postfix serves eight of strangers at once.
	server.close();
};

/** Reply to a foreign recipient from who claims the address of loopback. */
async function relay() {
	const server = await mailExchanger("127.0.0.1");
	await greet(server);
	await server.ask(`MAIL FROM:<${stranger}>`);
	const reply = await server.ask("RCPT TO:<somebody@example.org>");
	server.close();
	return reply;
}

// They mostly wait.
describe.concurrent("at once:", () => {
	test("P27: the cache of postscreen is shared by both ports: whoever has waited at one is known at the other", async () => {
		expect(await greetingTime()).toBeGreaterThan(leastWait);
		expect(await greetingTime()).toBeLessThan(leastWait);
		expect(await greetingTime(harness.neighbourAddress)).toBeLessThan(leastWait);
		await pod.logged(new RegExp(`haproxy/postscreen.*PASS OLD \\[${harness.neighbourAddress}\\]`));
	});

	test("P12: a forged address of loopback relays nothing", async () => {
		expect(await relay()).toMatch(/^554 5\.7\.1 .*Relay access denied/);
	});

	test("P33: a login takes a hash of bcrypt that does not say so, and no wrong password", async () => {
		const hash = pod
			.run("doveadm", "pw", "-s", "BLF-CRYPT", "-p", password)
			.trim()
			.replace("{BLF-CRYPT}", "");
		const user = `bcrypt@${domain}`;
		const line = `${user}:${hash}:5000:5000::/var/mail/${domain}/bcrypt/home::`;
		pod.run("sh", "-c", 'echo "$1" >>/etc/dovecot/userdb', "sh", line);
		expect(await logIn(user)).toBe("OK");
		expect(await logIn(user, "wrong")).toBe("NO");
	});
});

test("P27: without a cache, even who is known waits again", async () => {
	await withParameters(["postscreen_cache_map="], async () => {
		const times = await Promise.all([greetingTime(), greetingTime(harness.neighbourAddress)]);
		expect(Math.min(...times)).toBeGreaterThan(leastWait);
	});
});

test("P12: a forged address of loopback would relay through a server that trusts loopback", async () => {
	await withParameters(["mynetworks=127.0.0.0/8"], async () => {
		expect(await relay()).toBe("250 2.1.5 Ok");
	});
});

describe("a Sieve script", () => {
	test("can send: sendmail hands its mail over to a program with the rights of a group", async () => {
		pod.runAsMail(
			"timeout",
			"10",
			"sh",
			"-c",
			`printf 'Subject: Away\\n\\nAway.\\n' | sendmail -f ${me} ${info}`,
		);
		await pod.arrival(info, "Away");
	});
});

describe("an alias", () => {
	test("P28: of everybody gets the mail of nobody else's address", async () => {
		await deliver(`nobody-by-this-name@${domain}`, "for-nobody");
		await deliver(info, "for-info");
		await pod.arrival(spam, "for-nobody");
		await pod.arrival(info, "for-info");
	});

	test("P28: of everybody would get an account's mail without a line of the account", async () => {
		pod.run("sh", "-c", `cp -p /etc/postfix/virtual /tmp; echo @${domain} ${spam} >/etc/postfix/virtual`);
		await withParameters([], async () => {
			await deliver(info, "taken-away");
			pod.run("cp", "-p", "/tmp/virtual", "/etc/postfix/virtual");
		});
		await pod.arrival(spam, "taken-away");
		await pod.logged(new RegExp(`to=<${spam}>, orig_to=<${info}>`));
	});

	test("P35: that leads abroad hides a foreign sender, and leads its bounces back", async () => {
		await deliver(`abroad@${domain}`, "forwarded");
		const relayed = await pod.logged(/\w+(?=: to=<somebody@example\.org>)/);
		const rewritten = new RegExp(`${relayed}: from=<(.+?)>`).exec(pod.postfixLog)?.[1] ?? "";
		expect(rewritten).toMatch(new RegExp(`^SRS0=\\S+=\\S+=example\\.net=stranger@${domain}$`));
		await deliver(rewritten, "bounced");
		await pod.logged(new RegExp(`to=<${stranger}>, orig_to=<${rewritten.replaceAll("+", "\\+")}>`));
	});
});

describe("the daemons", () => {
	test("P32: listen on every port of the pod", () => {
		const listening = pod.run("ss", "-Htln").match(/(?<=:)\d+(?= )/g);
		expect(listening).toEqual(expect.arrayContaining(Object.values(harness.container.ports).map(String)));
	});

	test("P32: know every parameter of the rendered files", () => {
		expect(pod.run("sh", "-c", "postconf -n 2>&1 >/dev/null; postconf -M 2>&1 >/dev/null")).toBe("");
		expect(pod.run("doveconf", "-n")).toMatch(
			/^auth_failure_delay = 5 secs\n(?:.*\n)*haproxy_trusted_networks = 10\.0\.20\.0\/24\n/m,
		);
	});

	test("P32: have the rendered values in the end", () => {
		const values = pod.run(
			"postconf",
			"mynetworks",
			"relayhost",
			"smtp_tls_security_level",
			"smtpd_tls_auth_only",
		);
		expect(values.trim().split("\n")).toEqual([
			"mynetworks =",
			"relayhost = [smtp-relay.brevo.com]:587",
			"smtp_tls_security_level = secure",
			"smtpd_tls_auth_only = yes",
		]);
	});

	const patch = (...changes: readonly string[]) => {
		const env = Object.entries(harness.container.env).map(([name, value]) => `${name}=${value}`);
		pod.run("env", ...env, ...changes, "bash", "/tmp/docker-mailserver/user-patches.sh");
	};

	test("P34: are patched once, however often the patch runs", () => {
		const checksum = () => pod.run("sha256sum", "/etc/postfix/master.cf");
		const before = checksum();
		patch();
		expect(checksum()).toBe(before);
	});

	test.for<[when: string, change: string, error: RegExp]>([
		[
			"the credential cannot be made into a table",
			"INFRA_RELAY_PASSWORDS=/tmp/fresh/nothing",
			/postmap: fatal: open \/tmp\/fresh\/nothing/,
		],
		["the last service cannot be added", "INFRA_CONFIG_DIR=/tmp/fresh", /postconf: fatal: bad field count/],
	])("get no service of the patch when %s, so that the pod does not become ready", ([, change, error]) => {
		const prepare = `rm -rf /tmp/fresh && mkdir /tmp/fresh && cp /etc/postfix/main.cf /tmp/fresh &&
			cp /opt/image/postfix-master.cf /tmp/fresh/master.cf && cd /tmp/fresh &&
			{ cat /etc/mail-config/postfix-services; printf -- '-M\\tx/inet=broken\\n'; } >postfix-services`;
		pod.run("sh", "-c", prepare);
		expect(() => patch("MAIL_CONFIG=/tmp/fresh", change)).toThrow(error);
		expect(pod.run("cat", "/tmp/fresh/master.cf")).toBe(pod.run("cat", "/opt/image/postfix-master.cf"));
		patch("MAIL_CONFIG=/tmp/fresh");
		expect(pod.run("cat", "/tmp/fresh/master.cf")).toContain("2525");
	});
});

// Each leaves the pod in a state that nothing can be tried in.
describe("what must not be", () => {
	test("P29: an account that is an alias of another, too, is two users to Dovecot, with quotas", async () => {
		await pod.stop();
		const virtual = harness.container.mounts["/etc/mail-config"]?.["postfix-virtual.cf"];
		pod = await harness.startPod(harness.net.workers[0], {
			env: { ENABLE_QUOTAS: "1" },
			files: { "/etc/mail-config/postfix-virtual.cf": `${virtual}${info} ${me}\n` },
		});
		await logIn(info);
		await pod.logged(new RegExp(`User ${info} exists more than once`), "dovecotLog");
	});
});
