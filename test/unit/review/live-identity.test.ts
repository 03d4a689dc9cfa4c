import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { typesInUse } from "../../../providers/schema/types-in-use.ts";
import { isIdentified } from "../../../review/live-identity.ts";

test("objects of every type in use are known apart from their address", () => {
	const types = typesInUse(projectRoot).filter(({ mode }) => mode === "resource");
	expect(types.filter(({ type }) => !isIdentified(type))).toEqual([]);
	expect(isIdentified("random_password")).toBe(false);
});
