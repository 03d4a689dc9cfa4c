import { cronSchedule } from "./cron.ts";
import { growingVolume } from "./growing-volume.ts";
import { anyAddress, ownAddress } from "./mail-address.ts";
import { bytes, hostName, image, wholeDays, wholeSeconds } from "./primitives.ts";
import { httpAddress } from "./texts.ts";
import { versionedKey } from "./vault.ts";
import { z } from "./zod.ts";

/** One key of an entry in Vault, read at run time. */
const vaultKey = versionedKey.omit({ version: true });

/** Scheduled programs of the mail server, and the webmail. */
export const mailJobs = {
	programs: z.strictObject({ image: image.describe("With Python 3 and nothing else") }),
	probe: z.strictObject({
		schedule: cronSchedule,
		window: wholeSeconds.describe("In which a probe must arrive"),
		poll: wholeSeconds.describe("Between two looks at the mailbox"),
		sender: anyAddress,
		recipient: ownAddress.describe(
			"Address whose mail the catch-all account gets; what users send to it goes out by the relay and comes back",
		),
		relayApi: z.literal("brevo").describe("API of `relayUrl`: the probe speaks no other"),
		relayUrl: httpAddress.describe("Where the relay takes mail by HTTP"),
		relayKey: vaultKey.describe("Base64 of a JSON object with the field `api_key`"),
		uptimeUrl: vaultKey.describe("Push address of the uptime monitor, its token included"),
	}),
	retention: z.strictObject({
		schedule: cronSchedule,
		automated: wholeDays.describe("After which mail of programs in the catch-all's inbox is deleted"),
		other: wholeDays.describe("After which all other mail there is deleted"),
	}),
	webmail: z.strictObject({
		image,
		memory: bytes,
		volumes: growingVolume("volumes"),
		database: z.strictObject({
			host: hostName,
			user: z.string().regex(/^\w+$/, "expected a user of letters, digits and underscores"),
			password: versionedKey.describe("Of any characters"),
		}),
		packages: z
			.array(
				z
					.string()
					.regex(/^[\w-]+\/[\w-]+:\S+$/, "expected a package with its version such as dsoares/rcguard:1.3.2"),
			)
			.describe("Composer packages of plugins that the image does not bring"),
		plugins: z
			.array(z.string().regex(/^\w+$/, "expected a plugin such as persistent_login"))
			.describe("Plugins that are switched on"),
		backupSchedule: cronSchedule,
	}),
};
