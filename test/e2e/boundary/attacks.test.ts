import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import { externalSecrets } from "../../../lab/products/external-secrets.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import type { Attack } from "./attack.ts";
import { AttackedWorld } from "./attacked-world.ts";
import { attackers } from "./attackers/index.ts";
import { recordFile, recordOf } from "./record.ts";

/** Every attack on the boundaries of tenants, in one world: docs/reference/platform.md#boundaries. */
const ready = needsPrograms(
	...controlPlanePrograms,
	"bao|vault",
	"terraform",
	"external-secrets",
	...externalSecrets.commands,
);

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-attacks-`));
let world: AttackedWorld | string | undefined;

beforeAll(async () => {
	if (ready) world = await AttackedWorld.start(folder);
}, 480_000);
beforeEach(({ skip }) => {
	if (typeof world === "string") skip(world);
});
/** What ended as it should, for the table of the documentation. */
const held = new Set<Attack>();

afterAll(async () => {
	if (world instanceof AttackedWorld) {
		if (process.env.INFRA_RECORD_BOUNDARY)
			writeFileSync(
				recordFile,
				`${JSON.stringify(recordOf(attackers, await world.versions(), held), undefined, "\t")}\n`,
			);
		await world.stop();
	}
	rmSync(folder, { recursive: true });
});

function attacked(): AttackedWorld {
	if (world instanceof AttackedWorld) return world;
	throw new Error("the world is made before the tests");
}

describe.for(attackers)("$who", ({ attacks }) => {
	test.for(attacks)("$row: $tries; $but", async (attack) => {
		await attack.refused(attacked());
		await attack.passes(attacked());
		held.add(attack);
	});
});
