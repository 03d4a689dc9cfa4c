import { expect, test } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Owner } from "../../../config/registry/registry.ts";
import { woodpeckerAdministrators } from "../../../constructs/woodpecker/administrators.ts";

const person = (role: string, more: object = {}) => ({ role, email: "x@example.com", ...more });
const owner = (name: string, more: object = {}) => ({
	...person("namespace-owner", { namespaces: [name], ...more }),
	email: `${name}@example.com`,
});
const registry = parseRegistry(
	JSON.stringify({
		bob: owner("bob", { ci_admin: true }),
		alice: owner("alice", { ci_admin: true }),
		carol: { ...person("power-user"), email: "c@example.com" },
		dave: { ...person("admin"), email: "d@example.com" },
		erin: owner("erin", { ci_admin: false }),
		frank: owner("frank", { ci_admin: true, disabled: true }),
		grace: owner("grace"),
	}),
);

test("the site's administrators and the owners who are said to be some are listed, and nobody else", () => {
	expect(woodpeckerAdministrators(registry, ["operator"]).join(",")).toBe("alice,bob,operator");
});

test("somebody who is both is listed once", () => {
	expect(woodpeckerAdministrators(registry, ["bob"])).toEqual(["alice", "bob"]);
});

test.for(["e,f", "a b", "-a", ""])('a key such as "%s" is refused: it would add somebody else', (key) => {
	const [alice] = registry.owners;
	const owners = [{ ...(alice as Owner), key }];
	expect(() => woodpeckerAdministrators({ owners }, [])).toThrow(`"${key}" is no login at a forge`);
});
