import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { needs } from "../harness/needs.ts";
import { EmptyHome } from "./empty-home.ts";

needs("curl", "unzip");

test("in an empty home the programs work, the kubeconfig parses, and the environment is set once", async () => {
	const home = await EmptyHome.open();
	expect((await home.run()).code).toBe(0);
	const print = `. "$HOME/.bashrc"; echo "$VAULT_ADDR $KUBECONFIG"; kubectl; vault`;
	expect(
		execFileSync("sh", ["-c", print], { env: { HOME: home.path, PATH: "/usr/bin:/bin" }, encoding: "utf8" }),
	).toBe(`https://vault.lab.example.org ${home.path}/.kube/config-lab\nkubectl\nvault\n`);
	expect(parse(home.read(".kube/config-lab"))).toMatchObject({
		clusters: [
			{
				name: "lab",
				cluster: {
					server: "https://127.0.0.1:16443",
					"certificate-authority-data": Buffer.from(
						"-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n",
					).toString("base64"),
				},
			},
		],
		users: [{ user: { exec: { command: "kubectl", interactiveMode: "IfAvailable" } } }],
		"current-context": "lab",
	});
	expect(home.read(".bashrc").match(/KUBECONFIG=|VAULT_ADDR=/g)).toEqual(["KUBECONFIG=", "VAULT_ADDR="]);
});

test("a second run fetches nothing and touches no file", async () => {
	const home = await EmptyHome.open();
	await home.run();
	const [files, asked] = [home.files(), home.asked.length];
	expect((await home.run()).code).toBe(0);
	expect({ files: home.files(), asked: home.asked.length }).toEqual({ files, asked });
});

test("a download with another sum is named, and nothing is installed, the sound ones included", async () => {
	const home = await EmptyHome.open();
	const { code, output } = await home.run({ vaultSum: "0".repeat(64) });
	expect(code).toBe(1);
	expect(output).toMatch(/setup: vault: http.*vault\.zip.* has the SHA-256 sum [0-9a-f]{64}, expected 0{64}/);
	expect(home.files()).toEqual({});
});

test("a newer version takes the place of the older one", async () => {
	const home = await EmptyHome.open();
	await home.run();
	await home.run({ vaultVersion: "1.0.1" });
	expect(execFileSync("readlink", [join(home.path, ".local/bin/vault")], { encoding: "utf8" })).toBe(
		`${home.path}/.local/share/infra-tools/vault-1.0.1/vault\n`,
	);
	expect(home.asked).toHaveLength(3);
});

test("a kubeconfig and a program that were there are kept beside the new ones", async () => {
	const home = await EmptyHome.open();
	home.write(".kube/config-lab", "mine\n");
	home.write(".local/bin/vault", "my own\n");
	await home.run();
	expect([home.read(".kube/config-lab.bak"), home.read(".local/bin/vault.bak")]).toEqual([
		"mine\n",
		"my own\n",
	]);
});

test("the block of an earlier site is replaced where it stands, and all around it stays", async () => {
	const home = await EmptyHome.open();
	home.write(
		".zshrc",
		"before\n# >>> infra lab >>>\nexport VAULT_ADDR='http://old.example.org'\n# <<< infra lab <<<\nafter\n",
	);
	await home.run({ shell: "/bin/zsh" });
	expect(home.read(".zshrc")).toBe(`before
# >>> infra lab >>>
export PATH="$HOME/.local/bin:$PATH"
export KUBECONFIG="$HOME/.kube/config-lab"
export VAULT_ADDR='https://vault.lab.example.org'
# <<< infra lab <<<
after
`);
});

test("a block without its end is refused: what follows it would be lost", async () => {
	const home = await EmptyHome.open();
	home.write(".bashrc", "# >>> infra lab >>>\nalias precious=true\n");
	const { code, output } = await home.run();
	expect(code).toBe(1);
	expect(output).toContain("'# <<< infra lab <<<' does not follow; put it where the block ends");
	expect(home.read(".bashrc")).toBe("# >>> infra lab >>>\nalias precious=true\n");
});

test("a script for another system says which one to ask for", async () => {
	const home = await EmptyHome.open();
	const { code, output } = await home.run({ os: "macos" });
	expect(code).toBe(1);
	expect(output).toContain("this script is for Darwin, and this is Linux; ask for the one of --os linux");
});

test("on a Mac with Apple's processor it fetches the programs for that", async () => {
	const home = await EmptyHome.open();
	home.stub("uname", '#!/bin/sh\n[ "$1" = -m ] && echo arm64 || echo Darwin\n');
	expect((await home.run({ os: "macos", shell: "/bin/zsh" })).code).toBe(0);
	expect(home.asked).toEqual(["/kubectl?1.0.0-darwin-arm64", "/vault.zip?1.0.0-darwin-arm64"]);
	expect(home.read(".zshrc")).toContain("VAULT_ADDR");
});

test("a processor that no program is released for is named", async () => {
	const home = await EmptyHome.open();
	home.stub("uname", '#!/bin/sh\n[ "$1" = -m ] && echo riscv64 || echo Linux\n');
	expect((await home.run()).output).toContain("x86_64 and arm64 only, and this machine is riscv64");
});
