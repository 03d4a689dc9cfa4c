import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { asker } from "../../../clients/dns/name-servers.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";

needs("dnsmasq");

const zone = "zone.example.org";

async function nameServer(...records: string[]): Promise<string> {
	const port = await freePort();
	const folder = mkdtempSync(join(tmpdir(), "infra-names-"));
	const daemon = new Daemon(
		"dnsmasq",
		[
			...["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--log-facility=-", "--user=root"],
			...["--no-hosts", "--no-resolv", `--port=${port}`, "--listen-address=127.0.0.1", "--bind-interfaces"],
			`--auth-server=ns.${zone},lo`,
			`--auth-zone=${zone}`,
			`--local=/${zone}/`,
			...records,
		],
		{ logFile: join(folder, "log") },
	);
	onTestFinished(async () => {
		await daemon.stop();
		rmSync(folder, { recursive: true });
	});
	await waitFor("dnsmasq starts", () => daemon.log.includes("started, version"), { within: 60_000 });
	return `127.0.0.1:${port}`;
}

test("what a real name server says is what a stack would declare", async () => {
	const server = await nameServer(
		`--host-record=www.${zone},192.0.2.1,2001:db8::1`,
		`--cname=alias.${zone},www.${zone}`,
		`--mx-host=${zone},www.${zone},10`,
		`--srv-host=_imaps._tcp.${zone},www.${zone},993,0,1`,
		`--srv-host=_pop3._tcp.${zone}`,
		`--txt-record=${zone},${"a".repeat(255)},${"b".repeat(20)}`,
	);
	const ask = asker([server]);
	expect(await ask(`www.${zone}`, "A")).toEqual(["192.0.2.1"]);
	expect(await ask(`www.${zone}`, "AAAA")).toEqual(["2001:db8::1"]);
	expect(await ask(`alias.${zone}`, "CNAME")).toEqual([`www.${zone}`]);
	expect(await ask(zone, "MX")).toEqual([`10 www.${zone}`]);
	expect(await ask(zone, "TXT")).toEqual([`${"a".repeat(255)}${"b".repeat(20)}`]);
	expect(await ask(`none.${zone}`, "A")).toEqual([]);
	expect(await ask(`www.${zone}`, "TXT")).toEqual([]);
	expect(await ask(`_imaps._tcp.${zone}`, "SRV")).toEqual([`0 1 993 www.${zone}`]);
	expect(await ask(`_pop3._tcp.${zone}`, "SRV")).toEqual(["0 0 1 ."]);
	await expect(ask(zone, "CAA")).rejects.toThrow("records of this type are not asked for here");
});

test("a server that refuses, or is not there, is an error and no zone without records", async () => {
	const server = await nameServer();
	await expect(asker([server])("www.example.net", "A")).rejects.toThrow(
		/A www.example.net: the name servers do not answer: E/,
	);
	await expect(asker([`127.0.0.1:${await freePort()}`])(zone, "A")).rejects.toThrow(/do not answer: E/);
}, 120_000);
