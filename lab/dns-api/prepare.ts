import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import lab from "../../config/sites/lab.ts";
import { labZone } from "../../config/sites/lab-zone.ts";
import { probeProvider } from "../../engine/probe-providers.ts";
import type { LabProgram } from "../control-plane.ts";
import { freePort } from "../free-port.ts";
import type { LabDns } from "../lab-state.ts";
import { canary } from "../seed-vault.ts";
import { apiPath, type DnsApiSettings } from "./server.ts";

/** Whether Terraform has the provider of the records; without it the stand-in is not needed. */
export async function canAskForRecords(): Promise<boolean> {
	const problem = await probeProvider("cloudflare").then(
		(probe) => probe.problem,
		(error: Error) => error.message,
	);
	return problem === null;
}

/** Writes the settings of the stand-in. @returns how to start it and how to reach it */
export async function prepareDnsApi(folder: string): Promise<{ program: LabProgram; dns: LabDns }> {
	const port = await freePort();
	const file = join(folder, "dns-api.json");
	// The provider requires 40 characters.
	const token = `${canary}${randomBytes(20).toString("hex")}`.slice(0, 40);
	const { zoneId, accountId, tunnelId } = labZone.dns;
	const settings: DnsApiSettings = { token, domain: lab.network.domain, zoneId, accountId, tunnelId };
	writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
	return {
		program: {
			names: ["dns-api"],
			prefix: [process.execPath],
			file: fileURLToPath(new URL("./program.ts", import.meta.url)),
			args: [file, `${port}`],
		},
		dns: { url: `http://127.0.0.1:${port}${apiPath}/`, token },
	};
}
