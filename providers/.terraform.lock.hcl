# Made by `infra schemas refresh` (versions) and `infra providers lock` (hashes). Every plan uses these providers.

provider "registry.terraform.io/bpg/proxmox" {
  version     = "0.111.1"
  constraints = "~> 0.111"
}

provider "registry.terraform.io/cloudflare/cloudflare" {
  version     = "5.14.0"
  constraints = "~> 5.14"
}

provider "registry.terraform.io/hashicorp/helm" {
  version     = "3.1.1"
  constraints = "~> 3.1"
}

provider "registry.terraform.io/hashicorp/kubernetes" {
  version     = "2.38.0"
  constraints = "~> 2.38"
}

provider "registry.terraform.io/hashicorp/vault" {
  version     = "5.10.1"
  constraints = "~> 5.10"
}
