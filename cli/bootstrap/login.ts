import { setTimeout as sleep } from "node:timers/promises";
import { askVault, findInVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";

/** Whether a server answers to a token, and not with a refusal of its own, such as one that has no leader yet. */
export async function hasLogin(access: VaultAccess): Promise<boolean> {
	try {
		await findInVault(access, { path: ["auth", "token", "lookup-self"] });
		return true;
	} catch (error) {
		if (error instanceof VaultRefusal) return error.status === 403;
		throw error;
	}
}

/** @throws VisibleError when Vault does not answer: then nothing is known of the token */
export async function isAdministrator(access: VaultAccess): Promise<boolean> {
	await until(() => hasLogin(access), "Vault has no leader");
	try {
		const { data } = await askVault(access, {
			method: "POST",
			path: ["sys", "capabilities-self"],
			body: { paths: ["sys/mounts/any"] },
		});
		const held = (data as { capabilities?: readonly string[] } | undefined)?.capabilities ?? [];
		return held.includes("root") || held.includes("sudo");
	} catch (error) {
		if (error instanceof VaultRefusal && error.status === 403) return false;
		throw error;
	}
}

/** Seconds that a server takes to find a leader, on a busy machine. */
const patience = 60;

/** Asks until the answer is yes. @throws VisibleError when the time is over; Interrupted */
export async function until(question: () => Promise<boolean>, otherwise: string): Promise<void> {
	for (let waited = 0; waited < patience * 5; waited += 1) {
		if (await question()) return;
		interruption.throwIfAborted();
		await sleep(200);
	}
	throw new VisibleError(`${otherwise} after ${patience} s`);
}
