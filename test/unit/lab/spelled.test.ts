import { expect, test } from "vitest";
import { spelled } from "../../../lab/spelled.ts";

test.for([
	["/home/ann/infra/.lab/admin.json", ".lab/admin.json"],
	["/home/ann/labs/admin.json", "~/labs/admin.json"],
	["/home/anna/admin.json", "/home/anna/admin.json"],
	["/tmp/lab/admin.json", "/tmp/lab/admin.json"],
] as const)("%s is stated as %s", ([path, stated]) => {
	expect(spelled(path, { project: "/home/ann/infra", home: "/home/ann" })).toBe(stated);
});
