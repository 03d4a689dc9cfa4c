import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { vaultPlace } from "../../../world/vault-places.ts";

const { resource } = JSON.parse(readFileSync(join(projectRoot, "providers/schemas/vault.json"), "utf8"));

test.for(Object.keys(resource))("it is known where Vault has a %s, or of what it is a part", (type) => {
	expect(() => vaultPlace(type, (argument) => argument)).not.toThrow();
});
