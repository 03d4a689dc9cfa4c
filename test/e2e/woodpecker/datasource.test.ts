import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { datasource } from "../../../constructs/woodpecker/woodpecker-secrets.ts";
import { needsPrograms } from "../harness/programs.ts";

needsPrograms("go");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-datasource-`));
afterAll(() => rmSync(folder, { recursive: true }));

/** Fills the template in as External Secrets does, and takes the result apart as the server's driver does. */
const program = `package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/template"
)

func main() {
	var filled strings.Builder
	err := template.Must(template.New("").Parse(os.Args[1])).Execute(&filled, map[string]string{"password": os.Args[2]})
	if err != nil {
		panic(err)
	}
	address, err := url.Parse(filled.String())
	if err != nil {
		panic(err)
	}
	password, _ := address.User.Password()
	fmt.Printf("%s\\n%s\\n%s\\n", address.User.Username(), password, address.Host)
}
`;

test("a password with every sign of a URL arrives as it was made up", async () => {
	writeFileSync(join(folder, "main.go"), program);
	const password = "a@b:c/d?e#f%41&g+h[i]";
	const template = datasource({ host: "db.example.org", port: 5432, name: "ci", user: "woodpecker" });
	const { stdout } = await promisify(execFile)("go", ["run", "main.go", template, password], {
		cwd: folder,
		env: { ...process.env, GO111MODULE: "off", GOFLAGS: "" },
		timeout: 100_000,
	});
	expect(stdout.trimEnd().split("\n")).toEqual(["woodpecker", password, "db.example.org:5432"]);
});
