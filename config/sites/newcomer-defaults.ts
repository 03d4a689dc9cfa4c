import type { SiteInput } from "../schema/site.ts";
import { vaultVersion } from "./versions.ts";

const hashicorp = (name: string) =>
	`https://releases.hashicorp.com/${name}/{version}/${name}_{version}_{os}_{arch}.zip`;

/**
 * Programs of every user, in the same versions. The checksums are those that each project publishes with its release;
 * docs/runbooks/onboarding.md says how to update them.
 */
export const newcomerTools = {
	kubectl: {
		version: "1.34.5",
		url: "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/kubectl",
		sha256: {
			"linux-amd64": "6a17dd8387783b3144a65535e38d02c351027e9718ea34a6c360476cb26d28bb",
			"linux-arm64": "2d433b53b99ea532f877df6fa5044286e3950d4933967ac3d99262760bc649fd",
			"darwin-amd64": "61ccfd05992fcc1135818d25691e55997155e914c98b704df7ddd542339a93cb",
			"darwin-arm64": "0c0b575db594e0f8842aa44e5d36b224bb9f8bf4b92cd34c0547d29b61a0277f",
		},
	},
	// `kubectl oidc-login` is looked for under this name.
	"kubectl-oidc_login": {
		version: "1.36.4",
		url: "https://github.com/int128/kubelogin/releases/download/v{version}/kubelogin_{os}_{arch}.zip",
		archived: "kubelogin",
		sha256: {
			"linux-amd64": "9e8baeb4905d35a301304af2548324997add512fe94ab20e65993d167212bf85",
			"linux-arm64": "669c2d3bcc6766351ad5a7b03971792b4e7a55117b335a12d9858d43a525d9dc",
			"darwin-amd64": "7927b10c122b55dd4d9632f75d56752bfdc5f7b6ad3104615115c02f5f55e4f0",
			"darwin-arm64": "5aa470d059a9672d732439474678ac05a0de5623ad3af54966b8fe1ac7df4254",
		},
	},
	vault: {
		version: vaultVersion,
		url: hashicorp("vault"),
		archived: "vault",
		sha256: {
			"linux-amd64": "7429e7d85f8ef29df063701c49420f7984a0ae2c8511c026cc75edfbbb2df387",
			"linux-arm64": "87bb68fdd04ca90cd4cf54f8cd783a037fbf860b73d85e6697f6129dac49c683",
			"darwin-amd64": "79d29add23b2ca4144927b5d3d062ccd6f9345c5cdbf5b3624652ea9a5100261",
			"darwin-arm64": "73b36e75eedcf949262707d9169a793a3901a0990306329163f3ac94df31d5fa",
		},
	},
	terraform: {
		version: "1.15.8",
		url: hashicorp("terraform"),
		archived: "terraform",
		sha256: {
			"linux-amd64": "d25ce7b6902013ad905db3d2eab0be4cd905887fe88b81a6171b8d5503c31f3d",
			"linux-arm64": "8891e9dcedc9e3b8950bc6af9d4d8af1f4cfade3062f53b9dc403a89f6ce8c9c",
			"darwin-amd64": "e2e812e783771159bf758fd4e55d6dc9bb08f63e2af2c63d212721807a02c5dc",
			"darwin-arm64": "f210110c5698b94d803a7a63cdb0251b5455c150841478808e2bbb343f95ed68",
		},
	},
} satisfies SiteInput["newcomer"]["tools"];
