"""SMS over Africa's Talking: messages out, and the menus by SMS."""
