import { expect, test } from "vitest";
import { databaseOfAddress } from "../../../cli/adopt/database-address.ts";

test.for([
	["postgres://me:se%2Fcret@db:5432/states?sslmode=disable", "postgres://me@db:5432/states?sslmode=disable"],
	["postgresql://me@db/states?password=se%2Fcret", "postgresql://me@db/states"],
	["host=db user=me password=se/cret dbname=states", "host=db user=me dbname=states"],
	["host = db password = 'se/cret'  dbname='my states'", "host = db dbname='my states'"],
	[String.raw`password='se\/cret' host=db`, "host=db"],
])("the password of %s is no argument of a program", ([address = "", connection = ""]) => {
	const found = databaseOfAddress(address, "old", { PATH: "/bin", PGPASSWORD: "another" });
	expect(found).toEqual({ stack: "old", connection, env: { PATH: "/bin", PGPASSWORD: "se/cret" } });
});

test.for(["postgres://me@db/states", "host=db user=me"])(
	"%s leaves the one of the environment",
	(address) => {
		const { connection, env } = databaseOfAddress(address, "old", { PGPASSWORD: "another" });
		expect([connection, env]).toEqual([address, { PGPASSWORD: "another" }]);
	},
);
