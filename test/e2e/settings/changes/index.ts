import type { Changes } from "../change.ts";
import { backup } from "./backup.ts";
import { cluster } from "./cluster.ts";
import { hypervisor } from "./hypervisor.ts";
import { mail } from "./mail.ts";
import { mailDns } from "./mail-dns.ts";
import { mailJobs } from "./mail-jobs.ts";
import { network } from "./network.ts";
import { platform } from "./platform.ts";
import { redis } from "./redis.ts";
import { storage } from "./storage.ts";
import { vault } from "./vault.ts";
import { vaultServer } from "./vault-server.ts";
import { volumes } from "./volumes.ts";
import { woodpecker } from "./woodpecker.ts";

/** A change of every setting. */
export const changes: Changes = {
	...network,
	...cluster,
	...hypervisor,
	...storage,
	...volumes,
	...backup,
	...vault,
	...vaultServer,
	...platform,
	...redis,
	...mail,
	...mailDns,
	...mailJobs,
	...woodpecker,
};
