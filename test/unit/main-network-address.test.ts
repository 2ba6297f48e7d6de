import type { NetworkInterfaceInfo } from "node:os"
import { describe, expect, test } from "vitest"
import { shareAddress } from "../../main/network-address.ts"

function v4(address: string, internal = false): NetworkInterfaceInfo {
  return { address, family: "IPv4", netmask: "", mac: "", cidr: null, internal }
}

function v6(address: string, internal = false): NetworkInterfaceInfo {
  return { address, family: "IPv6", netmask: "", mac: "", cidr: null, internal, scopeid: 0 }
}

const loopback = { lo: [v4("127.0.0.1", true), v6("::1", true)] }

describe("the address in links", () => {
  test.each([
    [
      "a card before a container's bridge",
      { docker0: [v4("172.17.0.1")], eth0: [v4("192.168.1.20")] },
      "192.168.1.20",
    ],
    ["a card before a tunnel", { utun3: [v4("10.8.0.2")], en0: [v4("192.168.0.7")] }, "192.168.0.7"],
    [
      "Wi-Fi before what a hypervisor made",
      { "vEthernet (WSL)": [v4("172.20.0.1")], "Wi-Fi": [v4("10.0.0.5")] },
      "10.0.0.5",
    ],
    [
      "an unknown name before a virtual one",
      { veth1: [v4("10.1.1.1")], mystery: [v4("192.168.5.5")] },
      "192.168.5.5",
    ],
    ["a private one before a public one", { eth0: [v4("203.0.113.9"), v4("192.168.1.4")] }, "192.168.1.4"],
    ["IPv4 before IPv6", { eth0: [v6("fd00::5"), v4("192.168.1.4")] }, "192.168.1.4"],
    ["IPv6, in brackets, when there is nothing else", { eth0: [v6("fe80::1"), v6("fd00::5")] }, "[fd00::5]"],
    ["a tunnel when there is nothing else", { tailscale0: [v4("100.64.0.3")] }, "100.64.0.3"],
    ["none that was not given out by a network", { eth0: [v4("169.254.3.3")] }, "127.0.0.1"],
    ["the loopback without any network", {}, "127.0.0.1"],
  ])("is %s", (_what, interfaces: Record<string, NetworkInterfaceInfo[]>, expected) => {
    expect(shareAddress({ ...loopback, ...interfaces })).toBe(expected)
  })

  test("does not depend on the order in which the system names them", () => {
    const interfaces = { eth0: [v4("192.168.1.20")], docker0: [v4("172.17.0.1")], ...loopback }
    const reversed = Object.fromEntries(Object.entries(interfaces).reverse())
    expect(shareAddress(reversed)).toBe(shareAddress(interfaces))
  })
})
