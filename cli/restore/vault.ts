import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../clients/host/target.ts";
import { exchange } from "../../clients/http/exchange.ts";
import type { VaultAccess } from "../../clients/vault/ask-vault.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { namesIn } from "./backup-files.ts";
import type { Restoration } from "./restoration.ts";

/** Everything that Vault holds. @param access of somebody who may restore snapshots */
export function vaultRestoration(
	directory: string,
	target: Target,
	access: () => Promise<VaultAccess>,
	every = 2000,
): Restoration {
	return {
		name: "vault",
		place: `${target.name}:${directory}`,
		points: () => namesIn(target, directory, /^vault-raft-\d{8}-\d{6}\.db$/),
		loss: [
			"Everything that was written since is lost: secrets, versions, policies, tokens and leases.",
			"The servers seal themselves. Only the key share of that time opens them again.",
		],
		restore: async (point) => {
			const { address, token } = await access();
			const snapshot = await read(target, `${directory}/${point}`);
			const shown = `POST ${address}/v1/sys/storage/raft/snapshot-force`;
			const { status, text } = await exchange({
				url: `${address}/v1/sys/storage/raft/snapshot-force`,
				method: "POST",
				headers: { "X-Vault-Token": token },
				body: snapshot,
				within: 300_000,
				shown,
			});
			if (status < 200 || status >= 300)
				throw new VisibleError(`${shown} answers ${status}: ${text.replaceAll(token, "...").trim()}`);
			await untilUnsealed(address, every);
			return "What holds tokens of the time in between is to be restarted: kubectl -n external-secrets rollout restart deployment. Then: infra plan vault";
		},
	};
}

/** A snapshot that unpacks: one that was cut off changes nothing. */
async function read(target: Target, file: string): Promise<Buffer<ArrayBuffer>> {
	const script = 'gzip -t <"$1" && exec base64 -w0 -- "$1"';
	const { code, stdout, stderr } = await target.run(["sh", "-c", script, "read", file]);
	if (code !== 0)
		throw new VisibleError(`${target.name}: ${file} is damaged, nothing was changed: ${stderr.trim()}`);
	return Buffer.from(stdout, "base64");
}

/** Waits until the servers were unsealed, by their sidecars or by hand. */
async function untilUnsealed(address: string, every: number): Promise<void> {
	for (let look = 0; look < 90; look++) {
		const url = `${address}/v1/sys/health?standbyok=true`;
		const answer = await exchange({ url, method: "GET", headers: {}, shown: `GET ${url}` }).catch(
			() => undefined,
		);
		if (answer?.status === 200) return;
		await sleep(every);
	}
	throw new VisibleError(
		`the snapshot was restored, and ${address} is still sealed: vault operator unseal, with the key share of that time`,
	);
}
