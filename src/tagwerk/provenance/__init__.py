"""What made a result: code, cards, seeds, inputs and machine, recorded next to it by every command."""
