import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";
import { freePort } from "../harness/free-port.ts";
import { needsPrograms } from "../harness/programs.ts";

needsPrograms("terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-alerts-`));
/** What fires, one list for each question; the last one stays. */
let answers: string[][] = [];
const server = createServer((_, response) => {
	const firing = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
	const alerts = firing.map((alertname) => ({ state: "firing", labels: { alertname } }));
	response.end(JSON.stringify({ status: "success", data: { alerts } }));
});
let served = 0;
beforeAll(async () => {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	served = (server.address() as AddressInfo).port;
});
afterAll(() => {
	server.close();
	rmSync(folder, { recursive: true });
});

function deploy(input: string, http = served) {
	return infra(["deploy", "--yes", "--verify"], {
		program: "test/e2e/harness/drift-program.ts",
		env: {
			CDKTF_OUTDIR: join(folder, "out"),
			DRIFT_WORLD: JSON.stringify({ storage: { terraform_data: { one: { input } } } }),
			DRIFT_SITE: JSON.stringify({
				endpoints: { prometheus: { host: "127.0.0.1", ports: { http } } },
				state: { tier1: { kind: "local", directory: join(folder, "state") } },
			}),
		},
	});
}

test("an alert that fires since the apply fails a deploy, one from before does not", {
	timeout: 120_000,
}, async () => {
	answers = [["Watchdog"], ["Watchdog"]];
	expect(await deploy("1")).toMatchObject({
		code: 0,
		stdout: expect.stringContaining("storage  verified, no alert fires that did not before\n"),
	});
	answers = [["Watchdog"], ["Watchdog", "Down"]];
	expect(await deploy("2")).toMatchObject({
		code: 3,
		stdout: expect.stringContaining("\n  fires  Down\n"),
		stderr: expect.stringContaining("stack storage: applied, and an alert fires that did not before"),
	});
	expect(await deploy("3", await freePort())).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(
			/^ {2}not asked {2}alerts before the apply: http:\S+ cannot be reached: ECONNREFUSED$/m,
		),
	});
});
