import { afterAll, beforeAll, describe, vi } from "vitest";
import { needs } from "../../harness/needs.ts";
import { podCommands, site } from "../../mail/mail-harness.ts";
import { needsRoot } from "../needs-root.ts";
import { theBurst } from "./burst.cases.ts";
import { theContainer } from "./container.cases.ts";
import { afterItsDeath } from "./death.cases.ts";
import { further } from "./further.cases.ts";
import { theJobs, theProbe } from "./jobs.cases.ts";
import { fromTheWorld, ofTheUsers } from "./paths.cases.ts";
import { reported, reportedOfJobs } from "./reported.cases.ts";
import { Running } from "./running.ts";
import { theStandIn } from "./stand-in.cases.ts";

const able = needs(...podCommands, "runc", "dnsmasq", "haproxy", "openssl", "rsync", "rspamd");
const root = await needsRoot(site.mail.image);
// Most of them wait: for the greeting of the server, for the delay after a wrong password.
vi.setConfig({ testTimeout: 120_000, maxConcurrency: 30 });

let running: Running | undefined;
const now = (): Running => {
	if (running === undefined) throw new Error("the pod was not started");
	return running;
};

beforeAll(async () => {
	if (!able || root === undefined) return;
	running = new Running(root);
	await running.start();
}, 400_000);
afterAll(() => running?.end());

theContainer(now);
theStandIn(now, able && root !== undefined);

describe.concurrent("side by side", () => {
	fromTheWorld(now);
	ofTheUsers(now);
	further(now);
	reported(now);
	theProbe(now);
});

theJobs(now);
theBurst(now);
reportedOfJobs(now);
afterItsDeath(now);
