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
  version     = "3.1.2"
  constraints = "~> 3.1"
}

provider "registry.terraform.io/hashicorp/kubernetes" {
  version     = "3.2.1"
  constraints = "~> 3.2"
}

provider "registry.terraform.io/hashicorp/vault" {
  version     = "5.11.0"
  constraints = "~> 5.11"
}
