// SMSC LAN9118 Ethernet controller, transmit side.
#ifndef LATCH_LAN9118_H
#define LATCH_LAN9118_H

// Brings the transmitter up; the register file lies at BOARD_ETHERNET_BASE.
void lan9118_init(void);

#endif
