import { afterAll, beforeAll, vi } from "vitest";
import { needs } from "../../harness/needs.ts";
import { podCommands } from "../../mail/mail-harness.ts";
import { needsRoot } from "../needs-root.ts";
import { type Now, Running } from "./running.ts";
import { world } from "./world.ts";

/** One pod on the image's root for all cases of a file. @returns it, and whether it could be started */
export async function onImage(): Promise<{ readonly now: Now; readonly possible: boolean }> {
	const able = needs(...podCommands, "runc", "dnsmasq", "haproxy", "openssl", "rsync", "rspamd");
	const root = await needsRoot(world.mail.image);
	// Most of them wait: for the greeting of the server, for the delay after a wrong password.
	vi.setConfig({ testTimeout: 120_000, maxConcurrency: 30 });
	let running: Running | undefined;
	beforeAll(async () => {
		if (!able || root === undefined) return;
		running = new Running(root);
		await running.start();
	}, 400_000);
	afterAll(() => running?.end());
	const now = (): Running => {
		if (running === undefined) throw new Error("the pod was not started");
		return running;
	};
	return { now, possible: able && root !== undefined };
}
