// SMSC LAN9118 Ethernet controller, transmit side (data sheet DS00002266, 3.12 and 5.3).
//
// A frame goes into the transmit FIFO as two command words and the data, padded to whole words; the
// controller adds the FCS. Never waits: a full FIFO answers STATUS_BUSY and the frame is the
// caller's to keep or drop.
#include "lan9118.h"

#include <string.h>

#include "cortex-m.h"
#include "port.h"
#include "spec.h"

#define TX_DATA_FIFO REGISTER(BOARD_ETHERNET_BASE + 0x20u)
#define TX_STATUS_FIFO REGISTER(BOARD_ETHERNET_BASE + 0x48u)
#define TX_CFG REGISTER(BOARD_ETHERNET_BASE + 0x70u)
#define HW_CFG REGISTER(BOARD_ETHERNET_BASE + 0x74u)
#define TX_FIFO_INF REGISTER(BOARD_ETHERNET_BASE + 0x80u)
#define MAC_CSR_CMD REGISTER(BOARD_ETHERNET_BASE + 0xa4u)
#define MAC_CSR_DATA REGISTER(BOARD_ETHERNET_BASE + 0xa8u)

#define MAC_CR 1u
#define MAC_CR_TXEN (1u << 3)
#define MAC_CSR_BUSY (1u << 31)
#define TX_COMMAND_FIRST_SEGMENT (1u << 13)
#define TX_COMMAND_LAST_SEGMENT (1u << 12)
#define TX_STATUS_ERROR (1u << 15)

static void mac_write(uint32_t index, uint32_t value) {
  while (MAC_CSR_CMD & MAC_CSR_BUSY) {
  }
  MAC_CSR_DATA = value;
  MAC_CSR_CMD = MAC_CSR_BUSY | index;
}

void lan9118_init(void) {
  HW_CFG = 5u << 16 | 1u << 20;  // 5 KiB transmit FIFO, store and forward
  mac_write(MAC_CR, MAC_CR_TXEN);
  TX_CFG = 2;  // transmitter on
}

int32_t port_link_write(const uint8_t *frame, uint32_t size) {
  const uint32_t words = (size + 3) / 4;
  if ((TX_FIFO_INF & 0xffff) < words * 4 + 8) return STATUS_BUSY;
  TX_DATA_FIFO = TX_COMMAND_FIRST_SEGMENT | TX_COMMAND_LAST_SEGMENT | size;
  TX_DATA_FIFO = size;
  for (uint32_t i = 0; i < words; i++) {
    uint32_t word = 0;
    memcpy(&word, frame + 4 * i, i + 1 < words ? 4 : size - 4 * i);
    TX_DATA_FIFO = word;
  }
  int32_t result = STATUS_OK;
  for (uint32_t used = TX_FIFO_INF >> 16 & 0xff; used > 0; used--) {
    if (TX_STATUS_FIFO & TX_STATUS_ERROR) result = STATUS_DEVICE;
  }
  return result;
}
