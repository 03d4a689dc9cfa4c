import { backup } from "./backup.ts";
import { cluster } from "./cluster.ts";
import { dns } from "./dns.ts";
import { drift } from "./drift.ts";
import { endpoints } from "./endpoints.ts";
import { hypervisor } from "./hypervisor.ts";
import { mail } from "./mail.ts";
import { monitoring } from "./monitoring.ts";
import { network } from "./network.ts";
import { newcomer } from "./newcomer.ts";
import { platform } from "./platform.ts";
import { label } from "./primitives.ts";
import { redis } from "./redis.ts";
import { registry } from "./registry.ts";
import { acceptedRisks } from "./risks.ts";
import { state } from "./state.ts";
import { storage } from "./storage.ts";
import { line } from "./texts.ts";
import { vault } from "./vault.ts";
import { virtualHosts } from "./virtual-hosts.ts";
import { woodpecker } from "./woodpecker.ts";
import { z } from "./zod.ts";

/** One complete world, a domain per key. Rules that span domains are in `cross-checks.ts`. */
export const site = z.strictObject({
	name: label,
	description: line,
	network,
	dns,
	virtualHosts,
	cluster,
	hypervisor,
	storage,
	backup,
	monitoring,
	vault,
	registry,
	platform,
	newcomer,
	state,
	endpoints,
	redis,
	mail,
	woodpecker,
	acceptedRisks,
	drift,
});

/** A validated site, units parsed: durations in milliseconds, sizes in bytes. */
export type Site = z.output<typeof site>;
/** A site as it is written in `config/sites`. */
export type SiteInput = z.input<typeof site>;
