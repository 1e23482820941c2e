"""The parts of stripe_proxy.py."""
